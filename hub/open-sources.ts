import { join } from "node:path";
import type { Logger } from "../common/telemetry/index.ts";
import type { HubConfig } from "./config.ts";
import { openGitSource } from "./git/index.ts";
import type { HubStore } from "./ports.ts";
import { createRenderer } from "./render/index.ts";
import { openSignatures } from "./signatures/index.ts";

/** Git as far as the hub believes it, and what makes objects of it. */
export async function openSources(
  config: HubConfig,
  { store, signal, log }: { readonly store: HubStore; readonly signal: AbortSignal; readonly log: Logger },
) {
  const signatures = await openSignatures({
    signingKey: config.signingKey,
    allowedSigners: config.allowedSigners,
    allowedKeys: config.allowedKeys,
    email: config.gitAuthor.email,
    dataDir: config.data,
    env: process.env,
  });
  const { gitUser = "git", gitPassword } = config;
  const mirror = await openGitSource({
    url: config.repo,
    dir: join(config.data, "mirror"),
    prefer: config.git,
    credentials: gitPassword === undefined ? undefined : { username: gitUser, password: gitPassword },
    sign: signatures.sign,
    log,
  });
  const git = await signatures.verified(mirror, { store, trunk: config.trunk, log });
  const renderer = createRenderer({
    git,
    kustomize: config.kustomize,
    searchPath: process.env["PATH"] ?? "",
    concurrency: 2,
    cacheBytes: 128 * 1024 * 1024,
    signal,
    log,
  });
  return { git, renderer };
}
