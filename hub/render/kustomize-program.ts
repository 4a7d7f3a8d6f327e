import { tmpdir } from "node:os";
import { basename } from "node:path";
import { AppError, toAppError } from "../../common/errors.ts";
import { findProgram, isExecutable, type ProgramLimits, type ProgramResult, runProgram } from "./program.ts";

const kustomizeLimits: ProgramLimits = {
  timeoutMs: 30_000,
  memoryBytes: 768 * 1024 * 1024,
  outputBytes: 32 * 1024 * 1024,
};

/** A kustomize that works, alone or as a part of kubectl. */
export interface KustomizeProgram {
  readonly file: string;
  readonly version: string;
  build(folder: string, home: string, signal: AbortSignal | undefined): Promise<ProgramResult>;
}

/** Throws FAILED_PRECONDITION when there is none, with what to install. */
export async function findKustomize(configured: string | undefined, searchPath: string): Promise<KustomizeProgram> {
  const file = configured ?? (await findProgram("kustomize", searchPath)) ?? (await findProgram("kubectl", searchPath));
  if (file === undefined) {
    throw new AppError(
      "FAILED_PRECONDITION",
      "Cannot render with kustomize: neither kustomize nor kubectl is installed on the hub, install one or name its path",
    );
  }
  if (!(await isExecutable(file))) throw notWorking(file, "expected a program that may be executed");
  const prlimit = await findProgram("prlimit", searchPath);
  const isKubectl = basename(file).startsWith("kubectl");
  const run = (args: readonly string[], home: string, signal?: AbortSignal) =>
    runProgram({ file, args, home, limits: kustomizeLimits, prlimit, signal });
  return {
    file,
    version: await versionOf(file, isKubectl ? ["version", "--client"] : ["version"], run),
    build: (folder, home, signal) => run([isKubectl ? "kustomize" : "build", folder], home, signal),
  };
}

async function versionOf(
  file: string,
  args: readonly string[],
  run: (args: readonly string[], home: string) => Promise<ProgramResult>,
): Promise<string> {
  try {
    const { exitCode, stdout, stderr } = await run(args, tmpdir());
    if (exitCode === 0) return stdout.trim();
    throw new AppError("FAILED_PRECONDITION", stderr.trim().slice(0, 500));
  } catch (thrown) {
    throw notWorking(file, toAppError(thrown).message, thrown);
  }
}

function notWorking(file: string, reason: string, cause?: unknown): AppError {
  return new AppError("FAILED_PRECONDITION", `Cannot render with kustomize: "${file}" does not work: ${reason}`, {
    cause,
  });
}
