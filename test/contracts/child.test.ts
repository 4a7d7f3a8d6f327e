import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Child, run, startChild, until, whenReady } from "../programs/index.ts";

const programs = new URL("../programs/index.ts", import.meta.url).href;
/** Listens on a free port and prints it. */
const server =
  "const s = require('node:net').createServer().listen(0, '127.0.0.1', () => console.log(s.address().port))";

describe("startChild()", () => {
  let folder: string;
  let log: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "drover-child-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const start = (script: string): Promise<Child> => {
    log = join(folder, `${Math.random()}.log`);
    return startChild(process.execPath, ["--eval", script], { log });
  };
  const portIn = (file: string) => until("the port", () => Number(readFileSync(file, "utf8")) || undefined);
  const isListening = (port: number): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect({ port, host: "127.0.0.1" }, () => {
        socket.destroy();
        resolve(true);
      });
      socket.once("error", () => resolve(false));
    });

  test("stop() ends the program, and again does nothing", async () => {
    const child = await start(server);
    const port = await portIn(log);
    await child.stop();
    expect([child.running, await child.ended, await isListening(port)]).toEqual([false, "SIGTERM", false]);
    await child.stop();
  });

  test("stop() kills a program that does not listen to reason", async () => {
    const child = await start(`process.on('SIGTERM', () => {}); ${server}`);
    await portIn(log);
    await child.stop(50);
    expect(await child.ended).toBe("SIGKILL");
  });

  test("whenReady() gives the last words of a program that ends instead of becoming ready", async () => {
    const child = await start("console.log('no flour'); process.exit(3)");
    const never = whenReady([child], (signal) => until("bread", () => undefined, { signal }));
    await expect(never).rejects.toThrow(/ended with code 3[.] Its last words:\nno flour/);
  });

  test("startChild() says which program cannot be started", async () => {
    const missing = startChild("/nowhere/to-be-found", [], { log: join(folder, "missing.log") });
    await expect(missing).rejects.toThrow("Cannot start '/nowhere/to-be-found'");
  });

  test("a child dies with its parent, even when that is killed", async () => {
    const childLog = join(folder, "orphan.log");
    const script = `
      import { readFileSync } from "node:fs";
      import { startChild, until } from ${JSON.stringify(programs)};
      await startChild(process.execPath, ["--eval", ${JSON.stringify(server)}], { log: ${JSON.stringify(childLog)} });
      await until("the port", () => Number(readFileSync(${JSON.stringify(childLog)}, "utf8")) || undefined);
      process.kill(process.pid, "SIGKILL");`;
    const parent = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script], {
      stdio: "inherit",
    });
    const [signal] = await new Promise<[NodeJS.Signals | null]>((resolve) => {
      parent.once("exit", (_code, given) => resolve([given]));
    });
    expect(signal).toBe("SIGKILL");
    const port = await portIn(childLog);
    await until("the end of the orphan", async () => ((await isListening(port)) ? undefined : true));
  });
});

describe("run()", () => {
  test("run() passes input and returns what the program prints", async () => {
    expect(await run("cat", [], { input: "hello" })).toBe("hello");
  });

  test("run() fails with the program's own words", async () => {
    await expect(run("sh", ["-c", "echo no >&2; exit 4"])).rejects.toThrow("ended with code 4: no");
  });
});
