import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { EnvironmentView } from "../../common/domain/index.ts";
import { inCheckout, until } from "../programs/index.ts";
import { programs } from "../setup.ts";
import { createSimulatedClusters } from "../simulated-cluster/index.ts";
import { descendantsOf, isAlive } from "./processes.ts";
import { type CommandResult, runCommand } from "./run-command.ts";

interface DemoFile {
  readonly http: string;
  readonly agents: string;
  readonly repository: string;
  readonly clusters: readonly { readonly name: string; readonly kubeconfig: string; readonly context?: string }[];
}

/** `npm start`, as in a checkout, but in a folder of its own. */
interface Demo {
  readonly pid: number;
  output(): string;
  /** Resolves with the whole output when it says that it runs; rejects when it ends before. */
  running(): Promise<string>;
  interrupt(): void;
  /** Exit code. */
  ended: Promise<number | null>;
}

/** Only simulated clusters: the demo must need nothing but Node. */
describe("the demo", () => {
  let folder: string;
  const started: ChildProcess[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "drover-demo-"));
    // For npx.
    writeFileSync(join(folder, "package.json"), "{}\n");
    symlinkSync(inCheckout("node_modules"), join(folder, "node_modules"));
  });

  afterEach(async () => {
    for (const child of started.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGINT");
      await once(child, "exit");
    }
    rmSync(folder, { recursive: true, force: true });
  });

  function start(args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Demo {
    const child = spawn(process.execPath, [inCheckout("dist/demo.js"), ...args], {
      cwd: folder,
      env: { ...process.env, NO_COLOR: "1", HOME: folder, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    started.push(child);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    return {
      pid: child.pid as number,
      output: () => output,
      ended: once(child, "close").then(([code]) => code as number | null),
      interrupt: () => void child.kill("SIGINT"),
      async running() {
        await until(
          "the demo to run",
          () => {
            if (child.exitCode !== null) throw new Error(output);
            return output.includes("begins anew") ? true : undefined;
          },
          { timeoutMs: 90_000 },
        );
        return output;
      },
    };
  }

  const shell = (script: string, cwd = folder): Promise<CommandResult> =>
    runCommand("sh", ["-ec", script], {
      cwd,
      env: { ...process.env, NO_COLOR: "1", GIT_TERMINAL_PROMPT: "0", HOME: folder, npm_config_offline: "true" },
    });

  async function done(script: string, cwd = folder): Promise<string> {
    const { code, stdout, stderr } = await shell(script, cwd);
    expect(code, `${script}\n${stdout}${stderr}`).toBe(0);
    return stdout + stderr;
  }

  const demoFile = () => JSON.parse(readFileSync(join(folder, ".drover", "demo.json"), "utf8")) as DemoFile;

  async function environments(): Promise<readonly EnvironmentView[]> {
    const drover = [inCheckout("dist/drover.js"), "get", "environments", "-o", "json"];
    const { stdout, stderr, code } = await runCommand(process.execPath, drover, { cwd: folder });
    if (code !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as EnvironmentView[];
  }

  async function expectHealthy(): Promise<void> {
    const shown = (await environments()).map(({ name, sync, health, clusters }) => [
      name,
      sync,
      health,
      clusters.total,
    ]);
    expect(shown).toEqual([
      ["dev", "Synced", "Healthy", 1],
      ["staging", "Synced", "Healthy", 1],
      ["prod", "Synced", "Healthy", 1],
    ]);
  }

  /** Data of a ConfigMap of the shop, asked of the Kubernetes API. */
  async function settings(cluster: string): Promise<Record<string, string> | undefined> {
    const found = demoFile().clusters.find(({ name }) => name === cluster);
    const config = parse(readFileSync(found?.kubeconfig ?? "", "utf8")) as {
      clusters: { cluster: { server: string } }[];
    };
    const answer = await fetch(`${config.clusters[0]?.cluster.server}/api/v1/namespaces/shop/configmaps/shop-settings`);
    return answer.status === 200 ? ((await answer.json()) as { data: Record<string, string> }).data : undefined;
  }

  /** The indented lines below a heading of the banner. */
  function commandsBelow(output: string, heading: string): string {
    const lines = output.split("\n");
    const begin = lines.findIndex((line) => line.includes(heading)) + 1;
    const length = lines.slice(begin).findIndex((line) => !line.startsWith("       "));
    return lines
      .slice(begin, begin + length)
      .map((line) => line.trim())
      .join("\n");
  }

  test("what it prints works by copy and paste, and Ctrl-C ends everything", async () => {
    const demo = start();
    const output = await demo.running();
    expect(output).toMatch(/Drover is running, with simulated clusters \(\d+[.]\d s\)/);
    await expectHealthy();
    expect(demoFile()).toMatchObject({
      http: expect.stringContaining("http://127.0.0.1:"),
      agents: expect.stringContaining("127.0.0.1:"),
      repository: expect.stringContaining("/fleet.git"),
      clusters: [{ name: "dev" }, { name: "staging" }, { name: "prod" }],
    });

    const [, page = "", token = ""] = /Web UI +(\S+) \(log in with the token (\S+)\)/.exec(output) ?? [];
    const answer = await fetch(page);
    const login = await fetch(`${page}/api/v1/session`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-drover-page": "1" },
      body: JSON.stringify({ token }),
    });
    expect([(await answer.text()).slice(0, 15), login.status]).toEqual(["<!doctype html>", 200]);

    const before = (await environments()).map(({ revision }) => revision);
    expect(await settings("dev")).toMatchObject({ theme: "light" });
    const pushed = await done(commandsBelow(output, "1. Push a change"));
    expect(await settings("dev")).toMatchObject({ theme: "dark" });
    expect(await settings("staging")).toMatchObject({ theme: "light" });
    expect(pushed).toMatch(/dev +main/);
    const head = await done("git rev-parse HEAD", join(folder, ".drover/fleet"));
    expect((await environments()).map(({ revision, pending }) => [revision, pending])).toEqual([
      [head.trim(), null],
      [before[1], head.trim()],
      [before[2], null],
    ]);

    const [damage = "", look = ""] = commandsBelow(output, "2. Damage an object").split("\n");
    await done(damage);
    await until("the object to be back", () => settings("dev"));
    await until("the drift to be shown", async () =>
      /dev +dev +shop +ConfigMap shop\/shop-settings +corrected/.test(await done(look)) ? true : undefined,
    );

    await done(commandsBelow(output, "3. Promote"));
    await until("staging to follow", async () =>
      (await settings("staging"))?.["theme"] === "dark" ? true : undefined,
    );
    expect(await settings("prod")).toMatchObject({ theme: "light" });

    const children = [...(await descendantsOf(demo.pid)).keys()];
    expect(children.length).toBeGreaterThanOrEqual(4);
    demo.interrupt();
    expect(await demo.ended).toBe(0);
    await until("all processes to be gone", () => (children.some(isAlive) ? undefined : true));

    const uid = await startAgain();
    expect(uid).toMatchObject({ theme: "dark" });
  });

  /** The second start of a folder: same addresses, same objects, clones still good. */
  async function startAgain(): Promise<Record<string, string> | undefined> {
    const before = demoFile();
    const demo = start();
    await demo.running();
    await expectHealthy();
    expect(demoFile()).toEqual(before);
    await done("git pull -q && git push", join(folder, ".drover/fleet"));
    const found = await settings("staging");
    demo.interrupt();
    await demo.ended;
    return found;
  }

  test("needs neither git nor Redis nor kubectl", async () => {
    const path = join(folder, "path");
    mkdirSync(path);
    symlinkSync(process.execPath, join(path, "node"));
    const demo = start([], { PATH: path });
    const output = await demo.running();
    await expectHealthy();
    const [damage = ""] = commandsBelow(output, "2. Damage an object").split("\n");
    expect(damage).toMatch(/^node -e/);
    await done(damage);
    await until("the object to be back", () => settings("dev"));
  });

  test("says why it cannot start: it runs already, a port is taken, no such option", async () => {
    const demo = start();
    await demo.running();
    const second = start();
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain(`The demo runs in this folder already (process ${demo.pid})`);
    await expectHealthy();
    demo.interrupt();
    await demo.ended;

    const port = Number(new URL(demoFile().http).port);
    const squatter = createServer().listen(port, "127.0.0.1");
    await once(squatter, "listening");
    const third = start();
    expect(await third.ended).toBe(1);
    expect(third.output()).toContain(`Port ${port} (the hub's API) is taken by another program`);
    await new Promise((resolve) => squatter.close(resolve));

    const fourth = start(["--reel"]);
    expect(await fourth.ended).not.toBe(0);
    expect(fourth.output()).toContain("unknown option '--reel'");
  });

  test("Ctrl-C while starting ends everything", async () => {
    for (const moment of ["starting the hub", "starting the simulated clusters", "waiting for the environments"]) {
      const demo = start();
      await until(moment, () => (demo.output().includes(moment) ? true : undefined));
      const children = [...(await descendantsOf(demo.pid)).keys()];
      demo.interrupt();
      expect(await demo.ended).toBe(0);
      await until("all processes to be gone", () => (children.some(isAlive) ? undefined : true));
      expect(demo.output()).not.toContain("cannot start");
    }
  });

  test("a program that dies ends the demo, with the end of its log", async () => {
    const demo = start();
    await demo.running();
    const [hub = 0] =
      [...(await descendantsOf(demo.pid))].find(([, command]) => /^\S*node .*hub[.]js/.test(command)) ?? [];
    expect(hub).toBeGreaterThan(0);
    process.kill(hub, "SIGKILL");
    expect(await demo.ended).toBe(1);
    expect(demo.output()).toMatch(/the hub ended with SIGKILL; the end of .*hub[.]log:\n {2}(info|warn): /);
  });

  test("takes contexts of the user's kubeconfig as clusters", async () => {
    const clusters = await createSimulatedClusters();
    const names = ["Team_Dev", "team.staging"];
    const configs = await Promise.all(
      ["a", "b"].map(async (name) => parse(readFileSync((await clusters.add(name)).kubeconfig, "utf8"))),
    );
    const kubeconfig = join(folder, "kubeconfig");
    const merged = {
      apiVersion: "v1",
      kind: "Config",
      clusters: configs.map((config, index) => ({ ...config.clusters[0], name: `cluster-${index}` })),
      users: configs.map((config, index) => ({ ...config.users[0], name: `user-${index}` })),
      contexts: names.map((name, index) => ({ name, context: { cluster: `cluster-${index}`, user: `user-${index}` } })),
      "current-context": names[0],
    };
    writeFileSync(kubeconfig, JSON.stringify(merged));
    try {
      const wrong = start(["--context", "other"], { KUBECONFIG: kubeconfig });
      expect(await wrong.ended).toBe(1);
      expect(wrong.output()).toContain(`No context "other" in ${kubeconfig}: there are Team_Dev, team.staging`);

      const demo = start(
        names.flatMap((name) => ["--context", name]),
        { KUBECONFIG: kubeconfig },
      );
      expect(await demo.running()).toContain("with your own clusters");
      expect(demoFile().clusters).toEqual([
        { name: "team-dev", kubeconfig, context: "Team_Dev" },
        { name: "team-staging", kubeconfig, context: "team.staging" },
      ]);
      const shown = (await environments()).map(({ name, health, clusters: { healthy } }) => [name, health, healthy]);
      expect(shown.slice(0, 2)).toEqual([
        ["dev", "Healthy", 1],
        ["staging", "Healthy", 1],
      ]);
      demo.interrupt();
      await demo.ended;
    } finally {
      await clusters.close();
    }
  });

  test("runs real control planes", async () => {
    await programs();
    const demo = start(["--real"], { HOME: process.env["HOME"] });
    expect(await demo.running()).toContain("with real control planes");
    await expectHealthy();
    demo.interrupt();
    expect(await demo.ended).toBe(0);
  });
});
