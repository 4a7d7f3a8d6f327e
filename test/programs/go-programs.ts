import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { AppError, toAppError } from "../../common/errors.ts";
import { cacheFolder } from "./cache-folder.ts";
import { withLock } from "./lock.ts";
import { isExecutable } from "./path.ts";
import { run } from "./run.ts";
import { inWords, say } from "./say.ts";

/** A Go module that pins programs for the tests: go.mod, go.sum and a tools.go that imports their main packages. */
export interface GoModule<Name extends string> {
  /** What the cache and the messages call it. */
  readonly name: string;
  /** Absolute path. */
  readonly folder: string;
  /** Main package of each program. */
  readonly packages: Readonly<Record<Name, string>>;
  readonly ldflags: string;
  /** Build tags. */
  readonly tags?: readonly string[];
  /** Some packages are C: without a compiler the build fails, and says so. */
  readonly cgo?: true;
}

const buildFlags = ["-trimpath", "-v"];
/** A workspace file above the checkout must not change what is built. */
function environmentOf({ cgo }: GoModule<string>): Record<string, string> {
  return { GOWORK: "off", ...(cgo === undefined ? {} : { CGO_ENABLED: "1" }) };
}

function tagFlags({ tags = [] }: GoModule<string>): readonly string[] {
  return tags.length === 0 ? [] : ["-tags", tags.join(" ")];
}

const unfinished = "building-";

/**
 * Absolute paths of the programs, built when the cache has not got them. Builds once when several processes ask.
 * @throws FAILED_PRECONDITION with the compiler's words or what to install
 */
export async function ensureGoPrograms<Name extends string>(
  module: GoModule<Name>,
  names: readonly Name[] = Object.keys(module.packages) as Name[],
): Promise<Readonly<Record<Name, string>>> {
  const folder = join(cacheFolder(), `${module.name}-${keyOf(module)}`);
  const paths = Object.fromEntries(names.map((name) => [name, join(folder, name)])) as Record<Name, string>;
  const missing = () => names.filter((name) => !isExecutable(paths[name]));
  if (missing().length === 0) return paths;

  mkdirSync(folder, { recursive: true });
  const onWait = () => say(`Waiting for another process that builds ${module.name}`);
  await withLock(`${folder}.lock`, onWait, async () => {
    if (missing().length === 0) return;
    await checkGo(module);
    for (const leftover of readdirSync(folder).filter((file) => file.startsWith(unfinished))) {
      rmSync(join(folder, leftover), { recursive: true });
    }
    for (const name of missing()) await build(module, name, folder);
  });
  return paths;
}

/** The version of a module that go.mod in `folder` asks for: "v1.36.3", "1", "36". */
export function pinnedVersion(folder: string, module: string): { text: string; major: string; minor: string } {
  const lines = readFileSync(join(folder, "go.mod"), "utf8").split("\n");
  const text = lines.map((line) => line.trim().split(" ")).find(([name]) => name === module)?.[1] ?? "";
  const [major = "", minor = ""] = text.slice(1).split(".");
  return { text, major, minor };
}

function keyOf(module: GoModule<string>): string {
  const hash = createHash("sha256");
  for (const file of ["go.mod", "go.sum", "tools.go"]) hash.update(readFileSync(join(module.folder, file)));
  const flags = [...buildFlags, ...tagFlags(module)];
  hash.update(JSON.stringify([module.packages, module.ldflags, flags, process.platform, process.arch]));
  return hash.digest("hex").slice(0, 16);
}

async function checkGo(module: GoModule<string>): Promise<void> {
  // Inside the module, so that a Go which can fetch a newer toolchain by itself does so.
  const answer = await run("go", ["version"], { cwd: module.folder, env: environmentOf(module) }).catch(
    (thrown: unknown) => {
      throw new AppError("FAILED_PRECONDITION", `Cannot find Go: ${toAppError(thrown).message}. ${advice(module)}`);
    },
  );
  const found = /go(\d+)[.](\d+)/.exec(answer);
  if (found === null || asNumber(found) < asNumber(wantedGo(module))) {
    throw new AppError("FAILED_PRECONDITION", `Go is too old: found '${answer.trim()}'. ${advice(module)}`);
  }
}

function wantedGo(module: GoModule<string>): RegExpExecArray {
  return /^go (\d+)[.](\d+)/m.exec(readFileSync(join(module.folder, "go.mod"), "utf8")) as RegExpExecArray;
}

/** Orders versions: the match of "1.26" → 1026. */
function asNumber([, major, minor]: RegExpExecArray): number {
  return Number(major) * 1000 + Number(minor);
}

function advice(module: GoModule<string>): string {
  const [, major, minor] = wantedGo(module);
  return (
    `The tests build ${Object.keys(module.packages).join(", ")} from source once. That needs Go ${major}.${minor} or newer ` +
    `('go version' tells), access to Go modules${module.cgo === undefined ? "" : ", a C compiler (gcc)"} and 4 GB of free disk. ` +
    "Install what is missing with your package manager, Go also from go.dev, and run again"
  );
}

async function build<Name extends string>(module: GoModule<Name>, name: Name, folder: string): Promise<void> {
  const temporary = mkdtempSync(join(folder, unfinished));
  const startedAt = Date.now();
  let compiled = 0;
  say(`Building ${name} for ${module.name} into ${folder} (once; minutes on a cold machine)`);
  const progress = setInterval(() => {
    say(`Building ${name}: ${inWords(Date.now() - startedAt)}, ${compiled} packages compiled`);
  }, 20_000);
  try {
    const args = [
      "build",
      ...buildFlags,
      ...tagFlags(module),
      "-ldflags",
      module.ldflags,
      "-o",
      join(temporary, name),
      module.packages[name],
    ];
    await run("go", args, {
      cwd: module.folder,
      env: environmentOf(module),
      onStderr: (text) => {
        compiled += text.split("\n").length - 1;
      },
    });
    renameSync(join(temporary, name), join(folder, name));
    say(`Built ${name} in ${inWords(Date.now() - startedAt)}`);
  } catch (cause) {
    const why = `Cannot build ${name}: ${toAppError(cause).message}`;
    throw new AppError("FAILED_PRECONDITION", `${why}\n${advice(module)}`, { cause });
  } finally {
    clearInterval(progress);
    rmSync(temporary, { recursive: true, force: true });
  }
}
