import { cpSync, existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { ensureGoPrograms, inCheckout, pinnedVersion, run } from "../programs/index.ts";

export interface ForgePrograms {
  readonly gitea: string;
  /** Templates and texts that it reads while it runs; its web pages are not among them. */
  readonly assets: string;
}

const module = "code.gitea.io/gitea";
const parts = ["templates", "options", "public"];

/** A real Gitea from its Go module, built once. The first time takes minutes. */
export async function ensureForgePrograms(): Promise<ForgePrograms> {
  const folder = inCheckout("test/forge");
  const { gitea } = await ensureGoPrograms({
    name: "forge",
    folder,
    packages: { gitea: module },
    ldflags: `-s -w -X main.Version=${pinnedVersion(folder, module).text.slice(1)}`,
    tags: ["sqlite", "sqlite_unlock_notify"],
    cgo: true,
  });
  const assets = join(dirname(gitea), "assets");
  if (!existsSync(assets)) await copyAssets(folder, assets);
  return { gitea, assets };
}

/** Beside the program, so that a cleaned cache of modules takes nothing from it. */
async function copyAssets(folder: string, assets: string): Promise<void> {
  const answer = await run("go", ["mod", "download", "-json", module], { cwd: folder, env: { GOWORK: "off" } });
  const { Dir: source } = JSON.parse(answer) as { Dir: string };
  const temporary = mkdtempSync(join(dirname(assets), "copying-"));
  for (const part of parts) cpSync(join(source, part), join(temporary, part), { recursive: true });
  // Modules are read-only, which their copies are not to be.
  await run("chmod", ["-R", "u+w,a+rX", temporary]);
  try {
    renameSync(temporary, assets);
  } catch (thrown) {
    // Another process was faster.
    if (!existsSync(assets)) throw thrown;
    rmSync(temporary, { recursive: true, force: true });
  }
}
