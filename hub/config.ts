import { Command, InvalidArgumentError, Option } from "commander";
import { parseDuration } from "../common/schema/index.ts";
import { version } from "../common/version.ts";
import { type ForgeKind, forgeKinds } from "./forge/index.ts";

/** Everything the hub can be told; each flag has a DROVER_… environment twin. */
export interface HubConfig {
  readonly repo: string;
  readonly trunk: string;
  readonly data: string;
  readonly agents: HostPort;
  readonly http: HostPort;
  readonly advertise: readonly string[];
  readonly pollMs: number;
  /** "auto": REDIS_URL, else redis-server from PATH, else embedded; "off": embedded; else a URL. */
  readonly redis: string;
  readonly git: "auto" | "native" | "isomorphic";
  readonly gitUser: string | undefined;
  readonly gitPassword: string | undefined;
  /** Of the commits that the hub makes. */
  readonly gitAuthor: { readonly name: string; readonly email: string };
  readonly signingKey: string | undefined;
  readonly allowedSigners: string | undefined;
  readonly allowedKeys: string | undefined;
  readonly webhookSecret: string | undefined;
  /** Where what people should hear of is posted. */
  readonly notifyUrl: string | undefined;
  readonly notifySecret: string | undefined;
  /** Undefined: told by the repository's host, where that is certain. */
  readonly forge: ForgeKind | undefined;
  readonly forgeUrl: string | undefined;
  readonly forgeToken: string | undefined;
  readonly forgeTokenFile: string | undefined;
  /** Where people reach this hub. */
  readonly publicUrl: string | undefined;
  readonly kustomize: string | undefined;
  readonly certificateLifetimeMs: number;
  readonly joinTokenMs: number;
  readonly insecureHttp: boolean;
  readonly logLevel: string;
}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** Parses the command line; commander's errors end the process with status 2. */
export function hubCommand(run: (config: HubConfig) => Promise<void>): Command {
  return new Command("drover-hub")
    .description("The hub of Drover: reads the repository and tells each cluster's agent what to run")
    .version(version)
    .addOption(
      flag(
        "--repo <url>",
        "repository with fleet.yaml: https, http, ssh or a path",
        "DROVER_REPO",
      ).makeOptionMandatory(),
    )
    .addOption(flag("--trunk <branch>", "branch that fleet.yaml is read from", "DROVER_TRUNK").default("main"))
    .addOption(flag("--data <dir>", "folder of keys, mirror and state", "DROVER_DATA").default("drover-data"))
    .addOption(
      flag("--agents <host:port>", "where agents connect (gRPC, mutual TLS)", "DROVER_AGENTS")
        .argParser(hostPort)
        .default({ host: "0.0.0.0", port: 8443 }, "0.0.0.0:8443"),
    )
    .addOption(
      flag("--http <host:port>", "HTTP API and web UI (https; plain http from this machine only)", "DROVER_HTTP")
        .argParser(hostPort)
        .default({ host: "127.0.0.1", port: 8080 }, "127.0.0.1:8080"),
    )
    .addOption(
      flag(
        "--advertise <name...>",
        "host names or addresses under which agents reach this hub; the first one goes into join commands",
        "DROVER_ADVERTISE",
      ).default([]),
    )
    .addOption(
      flag("--poll <duration>", "how often to look at the repository without a webhook", "DROVER_POLL")
        .argParser(duration)
        .default(15_000, "15s"),
    )
    .addOption(
      flag(
        "--redis <url>",
        'Redis URL; "auto": REDIS_URL, else redis-server from PATH, else embedded; "off": embedded',
        "DROVER_REDIS",
      ).default("auto"),
    )
    .addOption(
      flag("--git <kind>", "how to read the repository", "DROVER_GIT")
        .choices(["auto", "native", "isomorphic"])
        .default("auto"),
    )
    .addOption(flag("--git-user <name>", "user for the repository", "DROVER_GIT_USER"))
    .addOption(
      flag(
        "--git-password <secret>",
        "password or token for the repository; better given by the environment",
        "DROVER_GIT_PASSWORD",
      ),
    )
    .addOption(
      flag("--git-author <name>", "author of the commits that the hub makes", "DROVER_GIT_AUTHOR")
        .argParser(author)
        .default({ name: "Drover", email: "drover@localhost" }, "Drover <drover@localhost>"),
    )
    .addOption(
      flag(
        "--signing-key <file>",
        "OpenSSH private key that signs the commits that the hub makes",
        "DROVER_SIGNING_KEY",
      ),
    )
    .addOption(
      flag(
        "--allowed-signers <file>",
        "use only commits that one of these signed (ssh-keygen's ALLOWED SIGNERS); needs --signing-key",
        "DROVER_ALLOWED_SIGNERS",
      ),
    )
    .addOption(
      flag(
        "--allowed-keys <file>",
        "use commits that one of these OpenPGP keys signed (armoured public keys, such as a forge's own); needs --signing-key",
        "DROVER_ALLOWED_KEYS",
      ),
    )
    .addOption(
      flag(
        "--notify-url <url>",
        "POST a JSON sentence there about each failed, finished or waiting rollout",
        "DROVER_NOTIFY_URL",
      ).argParser(webAddress),
    )
    .addOption(
      flag(
        "--notify-secret <secret>",
        "signs these posts: x-drover-signature-256 is the HMAC of the body; better given by the environment",
        "DROVER_NOTIFY_SECRET",
      ),
    )
    .addOption(
      flag(
        "--webhook-secret <secret>",
        "secret of /api/v1/webhooks/git; better given by the environment",
        "DROVER_WEBHOOK_SECRET",
      ),
    )
    .addOption(
      flag(
        "--forge <kind>",
        "forge of the repository, for pull requests and commit statuses (gitea: Forgejo too); default: by its host, where that is certain",
        "DROVER_FORGE",
      ).choices(forgeKinds),
    )
    .addOption(
      flag(
        "--forge-url <url>",
        "where the forge's pages are; default: the host of the repository",
        "DROVER_FORGE_URL",
      ).argParser(webAddress),
    )
    .addOption(
      flag(
        "--forge-token <secret>",
        "token for the forge's API; better given by the environment or a file; without one no forge is used",
        "DROVER_FORGE_TOKEN",
      ),
    )
    .addOption(
      flag(
        "--forge-token-file <path>",
        "file with that token, read for each request, so that it may be renewed",
        "DROVER_FORGE_TOKEN_FILE",
      ),
    )
    .addOption(
      flag("--public-url <url>", "where people reach this hub, for links at the forge", "DROVER_PUBLIC_URL").argParser(
        webAddress,
      ),
    )
    .addOption(
      flag("--kustomize <path>", "kustomize program; default: kustomize or kubectl from PATH", "DROVER_KUSTOMIZE"),
    )
    .addOption(
      flag("--certificate-lifetime <duration>", "lifetime of agents' certificates", "DROVER_CERTIFICATE_LIFETIME")
        .argParser(duration)
        .default(24 * 3_600_000, "24h"),
    )
    .addOption(
      flag("--join-token-lifetime <duration>", "how long a join token may be used", "DROVER_JOIN_TOKEN_LIFETIME")
        .argParser(duration)
        .default(3_600_000, "1h"),
    )
    .addOption(
      flag(
        "--insecure-http",
        "serve plain http to anyone: only behind a proxy that ends TLS",
        "DROVER_INSECURE_HTTP",
      ).default(false),
    )
    .addOption(
      flag("--log-level <level>", "log level", "DROVER_LOG_LEVEL")
        .choices(["debug", "info", "warn", "error"])
        .default("info"),
    )
    .action(async (options: Record<string, unknown>) => {
      const { poll, certificateLifetime, joinTokenLifetime, ...rest } = options;
      await run({
        ...(rest as unknown as HubConfig),
        advertise: (rest["advertise"] as string[]).flatMap((word) => word.split(",")),
        pollMs: poll as number,
        certificateLifetimeMs: certificateLifetime as number,
        joinTokenMs: joinTokenLifetime as number,
      });
    });
}

function flag(flags: string, description: string, env: string): Option {
  return new Option(flags, description).env(env);
}

function hostPort(text: string): HostPort {
  const [, host, port] = /^(.*):(\d{1,5})$/.exec(text) ?? [];
  if (host === undefined || port === undefined || Number(port) > 65_535) {
    throw new InvalidArgumentError(`Expected HOST:PORT: "${text}"`);
  }
  return { host: host === "" ? "0.0.0.0" : host.replace(/^\[(.*)\]$/, "$1"), port: Number(port) };
}

/** "https://drover.example.com/" → without the slash. */
function webAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "https:" && url?.protocol !== "http:") {
    throw new InvalidArgumentError(`Expected an address such as https://git.example.com: "${text}"`);
  }
  if (url.username !== "" || url.password !== "")
    throw new InvalidArgumentError("Expected an address without a password");
  return text.replace(/\/+$/, "");
}

/** Where people see an environment; undefined while nobody has said where this hub is. */
export function environmentPage(publicUrl: string | undefined, environment: string): string | undefined {
  return publicUrl === undefined ? undefined : `${publicUrl}/environments/${encodeURIComponent(environment)}`;
}

function author(text: string): HubConfig["gitAuthor"] {
  const [, name, email] = /^([^<>]*[^<>\s]) +<([^<>\s]+)>$/.exec(text.trim()) ?? [];
  if (name === undefined || email === undefined) throw new InvalidArgumentError(`Expected "NAME <EMAIL>": "${text}"`);
  return { name, email };
}

function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms <= 0) throw new InvalidArgumentError(`Expected a duration such as 15s or 10m: "${text}"`);
  return ms;
}
