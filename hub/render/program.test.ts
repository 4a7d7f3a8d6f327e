import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findProgram, type ProgramLimits, runProgram } from "./program.ts";

const limits: ProgramLimits = { timeoutMs: 20_000, memoryBytes: 2 ** 32, outputBytes: 1000 };
let home = "";
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "drover-test-program-"));
});
afterAll(() => rm(home, { recursive: true, force: true }));

function run(script: string, change: Partial<ProgramLimits> = {}, signal?: AbortSignal) {
  return runProgram({
    file: process.execPath,
    args: ["-e", script],
    home,
    limits: { ...limits, ...change },
    prlimit: undefined,
    signal,
  });
}

test("runProgram() gives output and exit code, and an environment of its own", async () => {
  const script = "console.log(Object.keys(process.env).sort().join()); console.error(process.cwd()); process.exit(3)";
  expect(await run(script)).toEqual({
    exitCode: 3,
    stdout: "GOMAXPROCS,GOMEMLIMIT,HOME,TMPDIR,XDG_CACHE_HOME,XDG_CONFIG_HOME\n",
    stderr: `${home}\n`,
  });
});

test("runProgram() kills what takes too long", async () => {
  await expect(run("setInterval(() => {}, 1000)", { timeoutMs: 200 })).rejects.toMatchObject({
    code: "DEADLINE_EXCEEDED",
    message: "took longer than 200 ms",
  });
});

test("runProgram() kills what prints too much", async () => {
  await expect(run("process.stdout.write('x'.repeat(2000)); setInterval(() => {}, 1000)")).rejects.toMatchObject({
    code: "RESOURCE_EXHAUSTED",
    message: "printed more than 1000 bytes",
  });
});

test("runProgram() kills when the caller gives up, and does not start afterwards", async () => {
  const controller = new AbortController();
  const running = run("setInterval(() => {}, 1000)", {}, controller.signal);
  controller.abort(new Error("enough"));
  await expect(running).rejects.toThrow("enough");
  await expect(run("0", {}, controller.signal)).rejects.toThrow("enough");
});

test("runProgram() says when a program cannot be started", async () => {
  const missing = { file: join(home, "none"), args: [], home, limits, prlimit: undefined };
  await expect(runProgram(missing)).rejects.toMatchObject({
    code: "FAILED_PRECONDITION",
    message: `cannot start "${join(home, "none")}"`,
  });
});

test("findProgram() takes the first folder that has it", async () => {
  const folder = join(process.execPath, "..");
  expect(await findProgram("node", `:${home}:${folder}`)).toBe(join(folder, "node"));
  expect(await findProgram("node", home)).toBeUndefined();
});
