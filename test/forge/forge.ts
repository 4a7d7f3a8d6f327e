import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError } from "../../common/errors.ts";
import { type Child, freePort, run, startChild, until, whenReady } from "../programs/index.ts";
import { ensureForgePrograms } from "./build.ts";
import { renderSettings } from "./settings.ts";

/** Who may do what at the forge. */
export interface ForgeUser {
  readonly name: string;
  readonly password: string;
  /** Of the API and of Git over HTTP. */
  readonly token: string;
}

export interface ForgeRequest {
  readonly method?: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** Below /api/v1: "/repos/ann/fleet/pulls". */
  readonly path: string;
  readonly body?: unknown;
  /** Of whom; the administrator's by default. */
  readonly token?: string;
}

/** A real Gitea on a free port of 127.0.0.1, with an administrator and nothing else. Ends with this process at the latest. */
export interface ForgeServer extends AsyncDisposable {
  /** "http://127.0.0.1:12345". */
  readonly url: string;
  /** The administrator's. */
  readonly token: string;
  readonly administrator: ForgeUser;
  createUser(name: string): Promise<ForgeUser>;
  /** Of the administrator, with a first commit on "main"; its URL for git, without credentials. */
  createRepository(name: string): Promise<{ readonly owner: string; readonly name: string; readonly url: string }>;
  /** The answer's JSON. UNAVAILABLE for any status but 2xx, with its words. */
  request<T>(request: ForgeRequest): Promise<T>;
  /** Kills it: an outage. */
  kill(): Promise<void>;
  /** Starts it again: same address, same data. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const email = (name: string) => `${name}@forge.example`;

/**
 * Ready when it resolves, after some 2 s.
 * @throws UNAVAILABLE with the end of its log when it does not start
 */
export async function startForge(): Promise<ForgeServer> {
  const { gitea, assets } = await ensureForgePrograms();
  const folder = mkdtempSync(join(tmpdir(), "drover-forge-"));
  const settings = join(folder, "app.ini");
  mkdirSync(join(folder, "home"));
  const env = { PATH: process.env["PATH"] ?? "", HOME: join(folder, "home"), GITEA_WORK_DIR: folder };
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let server: Child | undefined;

  async function start(): Promise<void> {
    const child = await startChild(gitea, ["web", "--config", settings], { log: join(folder, "gitea.log"), env });
    server = child;
    const isUp = async () => ((await fetch(`${url}/api/v1/version`)).ok ? true : undefined);
    await whenReady([child], (signal) => until("Gitea", isUp, { signal, timeoutMs: 60_000 }));
  }

  async function kill(): Promise<void> {
    await server?.kill();
    server = undefined;
  }

  async function stop(): Promise<void> {
    await kill();
    rmSync(folder, { recursive: true, force: true });
  }

  async function makeAdministrator(name: string, password: string): Promise<ForgeUser> {
    const flags = { username: name, password, email: email(name), "access-token-name": "tests" };
    const words = await run(
      gitea,
      [
        ...["admin", "user", "create", "--config", settings, "--admin", "--must-change-password=false"],
        ...["--access-token", "--access-token-scopes", "all"],
        ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`),
      ],
      { env },
    );
    const token = /\b[0-9a-f]{40}\b/.exec(words)?.[0];
    if (token === undefined) throw new AppError("INTERNAL", `Gitea made no token: ${words}`);
    return { name, password, token };
  }

  let administrator: ForgeUser;
  try {
    writeFileSync(settings, renderSettings({ folder, assets, port }));
    await run(gitea, ["migrate", "--config", settings], { env });
    administrator = await makeAdministrator("keeper", "a password of the tests");
    await start();
  } catch (thrown) {
    await stop();
    throw thrown;
  }

  async function call<T>({ method = "GET", path, body, token }: ForgeRequest, authorization?: string): Promise<T> {
    const answer = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        authorization: authorization ?? `token ${token ?? administrator.token}`,
        "content-type": "application/json",
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new AppError("UNAVAILABLE", `${method} ${path} answers ${answer.status}: ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }

  return {
    url,
    token: administrator.token,
    administrator,
    request: (request) => call(request),
    async createUser(name) {
      const password = "a password of the tests";
      const body = { username: name, password, email: email(name), must_change_password: false };
      await call({ method: "POST", path: "/admin/users", body });
      const basic = `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
      const { sha1 } = await call<{ sha1: string }>(
        { method: "POST", path: `/users/${name}/tokens`, body: { name: "tests", scopes: ["all"] } },
        basic,
      );
      return { name, password, token: sha1 };
    },
    async createRepository(name) {
      await call({ method: "POST", path: "/user/repos", body: { name, auto_init: true, default_branch: "main" } });
      return { owner: administrator.name, name, url: `${url}/${administrator.name}/${name}.git` };
    },
    kill,
    start,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
