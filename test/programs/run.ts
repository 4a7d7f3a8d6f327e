import { spawn } from "node:child_process";
import { AppError } from "../../common/errors.ts";

export interface RunOptions {
  readonly cwd?: string;
  readonly input?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Sees stderr while it comes. */
  readonly onStderr?: (text: string) => void;
}

/**
 * Runs a program to its end and returns its stdout.
 * @throws NOT_FOUND when there is no such program, INTERNAL with the end of its stderr when it ends with another code than 0
 */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: options.cwd, env: { ...process.env, ...options.env } });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      options.onStderr?.(text);
    });
    child.once("error", (cause) =>
      reject(new AppError("NOT_FOUND", `Cannot run '${program}': ${cause.message}`, { cause })),
    );
    child.once("close", (code, signal) => {
      if (code === 0) return resolve(stdout);
      const command = [program, ...args].join(" ");
      const words = (stderr || stdout).trim().split("\n").slice(-40).join("\n");
      reject(new AppError("INTERNAL", `'${command}' ended with ${signal ?? `code ${code}`}: ${words}`));
    });
    // A program that ends before it has read its input is judged by its exit code.
    child.stdin.on("error", () => {});
    child.stdin.end(options.input ?? "");
  });
}
