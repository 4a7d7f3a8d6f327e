import { AppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { GitSource, SignCommit } from "../ports.ts";
import { findGit, isNewEnough, minimumGitVersion } from "./git-version.ts";
import { createIsomorphicMirrors } from "./isomorphic-mirror.ts";
import { createMirrorSource } from "./mirror-source.ts";
import { createNativeMirrors } from "./native-mirror.ts";
import { type GitCredentials, parseRemote, type Remote } from "./remote.ts";

export interface GitSourceOptions {
  /** https, http, ssh, git@host:path, git, file or an absolute path. Credentials inside are taken out and used. */
  readonly url: string;
  /** Folder of the mirror, used by nothing else. Made when missing. */
  readonly dir: string;
  /** "auto": the git program where there is one, else isomorphic-git. */
  readonly prefer?: "auto" | "native" | "isomorphic";
  /** Instead of those in the URL. */
  readonly credentials?: GitCredentials | undefined;
  /** Default 10 minutes: a first clone may be large. */
  readonly fetchTimeoutMs?: number;
  /** Default 1 minute. */
  readonly pushTimeoutMs?: number;
  /** Signs the commits that are made; undefined: they are not signed. */
  readonly sign?: SignCommit | undefined;
  /** What the git program inherits; default this process's own. */
  readonly environment?: NodeJS.ProcessEnv;
  readonly log: Logger;
}

/**
 * Opens the mirror of a repository; the network is first used by `fetch`. INVALID_ARGUMENT for a URL that cannot be one,
 * FAILED_PRECONDITION where what is needed for it is missing on this machine.
 */
export async function openGitSource(options: GitSourceOptions): Promise<GitSource> {
  const { dir, log } = options;
  const environment = options.environment ?? process.env;
  const remote = parseRemote(options.url, options.credentials);
  const kind = await choose(remote, options.prefer ?? "auto", environment, log);
  return createMirrorSource({
    remote,
    dir,
    kind,
    open: kind === "native" ? createNativeMirrors(remote, environment, log) : createIsomorphicMirrors(remote),
    fetchTimeoutMs: options.fetchTimeoutMs ?? 600_000,
    sign: options.sign,
    pushTimeoutMs: options.pushTimeoutMs ?? 60_000,
    log,
  });
}

async function choose(
  remote: Remote,
  prefer: "auto" | "native" | "isomorphic",
  environment: NodeJS.ProcessEnv,
  log: Logger,
): Promise<"native" | "isomorphic"> {
  const isHttp = remote.protocol === "http" || remote.protocol === "https";
  const version = prefer === "isomorphic" ? undefined : await findGit(environment);
  if (version !== undefined && isNewEnough(version)) {
    log.info({ url: remote.url, git: version }, "reading the repository with the git program");
    return "native";
  }
  const found = version === undefined ? "none is on the PATH" : `the one on the PATH is ${version}`;
  if (prefer === "native" || !isHttp) {
    throw new AppError(
      "FAILED_PRECONDITION",
      prefer === "isomorphic"
        ? `Cannot read "${remote.url}" with isomorphic-git: only http and https URLs work without the git program`
        : `Cannot read "${remote.url}": the git program ${minimumGitVersion} or newer is needed: ${found}`,
    );
  }
  log.info({ url: remote.url, git: version ?? "none" }, "reading the repository with isomorphic-git");
  return "isomorphic";
}
