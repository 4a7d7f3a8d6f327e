import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type ControlPlane, startControlPlane } from "../controlplane/index.ts";
import { inCheckout, startChild, until } from "../programs/index.ts";
import { applicationYaml, configMap, fleetYaml } from "./files.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { dataOf, ownedNames } from "./live-objects.ts";
import { type CommandResult, runCommand } from "./run-command.ts";

type Item = Readonly<Record<string, unknown>>;

/** The field names that scripts rely on, in the order of the design's section 11. */
const contract = {
  clusters: ["name", "labels", "connected", "lastSeen", "agentVersion", "kubernetesVersion", "environments"],
  environments: ["name", "branch", "revision", "pending", "clusters", "hold"],
  applications: ["environment", "cluster", "name", "revision", "sync", "health", "message"],
  objects: [
    "environment",
    "cluster",
    "application",
    "revision",
    "sync",
    "health",
    "message",
    "kind",
    "namespace",
    "name",
  ],
  drift: ["environment", "cluster", "application", "object", "state", "fields", "count", "firstSeen", "lastSeen"],
};

describe("the command line", () => {
  let east: ControlPlane;
  let west: ControlPlane;
  let fleet: Fleet;
  let folder: string;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "drover-commands-"));
    const { DROVER_URL: _url, DROVER_TOKEN: _token, ...rest } = process.env;
    env = { ...rest, XDG_CONFIG_HOME: folder, HOME: folder };
    [east, west] = await Promise.all([startControlPlane(), startControlPlane()]);
    fleet = await startFleet({
      clusters: {
        east: { plane: east, labels: { environment: "dev", region: "eu" } },
        west: { plane: west, labels: { environment: "none" } },
      },
      files: {
        "fleet.yaml": fleetYaml([{ name: "dev", branch: "main", labels: { environment: "dev" } }]),
        "apps/shop/application.yaml": applicationYaml("shop"),
        "apps/shop/settings.json": configMap("settings", { theme: "light" }),
      },
    });
    await fleet.healthy("dev", await fleet.work.head());
  });

  afterAll(async () => {
    await fleet?.stop();
    await Promise.all([east?.stop(), west?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  const drover = (...args: string[]): Promise<CommandResult> =>
    runCommand(process.execPath, [inCheckout("dist/drover.js"), ...args], { cwd: folder, env });

  const json = async (...args: string[]) => JSON.parse((await drover(...args, "-o", "json")).stdout) as Item[];

  test("without a hub it says what to do; login remembers one that works and no other", async () => {
    const lost = await drover("get", "clusters");
    expect(lost.code).toBe(1);
    expect(lost.stderr).toContain("drover login");
    const wrong = await drover("login", fleet.http, "--token", "wrong");
    expect(wrong.code).toBe(1);
    expect((await drover("get", "clusters")).code).toBe(1);
    expect(await drover("login", fleet.http, "--token", fleet.token)).toMatchObject({ code: 0, stdout: "" });
    expect((await json("get", "clusters")).map(({ name }) => name)).toEqual(["east", "west"]);
  });

  test("get -o json has the fields that scripts rely on", async () => {
    await east.kubectl(["delete", "configmap", "settings"]);
    await until(
      "the drift to be corrected",
      async () => (await fleet.list("drift")).some(({ state }) => state === "corrected") || undefined,
    );
    await fleet.healthy("dev", await fleet.work.head());
    for (const [resource, fields] of Object.entries(contract)) {
      const [first] = await json("get", resource);
      expect([resource, Object.keys(first ?? {})]).toEqual([resource, expect.arrayContaining(fields)]);
    }
    const [environment] = await json("get", "environments", "dev");
    expect(environment).toMatchObject({
      name: "dev",
      branch: "main",
      revision: await fleet.work.head(),
      clusters: { total: 1, synced: 1, healthy: 1, offline: 0 },
    });
    const [cluster] = await json("get", "clusters", "-e", "dev");
    expect(cluster).toMatchObject({
      name: "east",
      labels: { environment: "dev", region: "eu" },
      connected: true,
      environments: [{ name: "dev", revision: await fleet.work.head(), sync: "Synced", health: "Healthy" }],
    });
    const [object] = await json("get", "objects", "-c", "east", "-a", "shop");
    expect(object).toMatchObject({ kind: "ConfigMap", namespace: "default", name: "settings", sync: "Synced" });
  });

  test("get as table, wide and yaml", async () => {
    const table = await drover("get", "applications");
    expect(table.stdout.split("\n")[0]?.split(/ {2,}/)).toEqual(
      expect.arrayContaining(["ENVIRONMENT", "CLUSTER", "SYNC"]),
    );
    expect(table.stdout).toContain("shop");
    const wide = await drover("get", "clusters", "-o", "wide");
    expect(wide.stdout).toContain("region=eu");
    const yaml = await drover("get", "clusters", "-o", "yaml");
    expect((parse(yaml.stdout) as Item[]).map(({ name }) => name)).toEqual(["east", "west"]);
  });

  test("get -w shows a push as it becomes true, one JSON line per change", async () => {
    const log = join(folder, "watch.log");
    const args = [inCheckout("dist/drover.js"), "get", "environments", "-w", "-o", "json"];
    const watching = await startChild(process.execPath, args, { log, cwd: folder, env });
    const lines = () =>
      readFileSync(log, "utf8")
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Item);
    await until("the first line", () => lines()[0]);
    const files = { "apps/shop/settings.json": configMap("settings", { theme: "dark" }) };
    const revision = await fleet.work.commit(files, "Go dark");
    await until("the commit to be synced", () =>
      lines().find((line) => line["revision"] === revision && (line["clusters"] as Item)["synced"] === 1),
    );
    await watching.stop();
  });

  test("wait ends with 1 and the reasons when it is not so in time, with 2 when asked wrongly", async () => {
    const missing = "0123456789abcdef0123456789abcdef01234567";
    const late = await drover("wait", "environment/dev", "--for", "synced", "--revision", missing, "--timeout", "0s");
    expect(late.code).toBe(1);
    expect(late.stderr).toContain(`not at ${missing}`);
    expect((await drover("wait", "environment/dev", "--for", "synced")).code).toBe(0);
    const wrong = await Promise.all([
      drover("wait", "environment/dev", "--for", "perfect"),
      drover("wait", "dev"),
      drover("get", "everything"),
      drover("cluster", "join", "x", "-l", "novalue"),
      drover("fly"),
    ]);
    expect(wrong.map(({ code }) => code)).toEqual([2, 2, 2, 2, 2]);
    expect((await drover("wait", "environment/nowhere", "--for", "synced", "--timeout", "1s")).code).toBe(1);
  });

  test("label moves a cluster into an environment and out of it; out of it, its objects stay", async () => {
    expect(await ownedNames(west)).toEqual([]);
    expect((await drover("cluster", "label", "west", "environment=dev")).code).toBe(0);
    await until("its objects", async () => dataOf(west, "settings"));
    expect((await drover("cluster", "label", "west", "environment-", "region=us")).code).toBe(0);
    await until(
      "the agent to be released",
      () => fleet.agent("west").output().includes("Released from an environment") || undefined,
    );
    const [cluster] = await json("get", "clusters", "west");
    expect(cluster).toMatchObject({ labels: { region: "us" }, environments: [] });
    // It is its own now: a change by hand stays too.
    await west.kubectl(["patch", "configmap", "settings", "--type", "merge", "-p", '{"data":{"theme":"mine"}}']);
    const files = { "apps/shop/settings.json": configMap("settings", { theme: "blue" }) };
    await fleet.healthy("dev", await fleet.work.commit(files, "Go blue"));
    expect([await dataOf(east, "settings"), await dataOf(west, "settings")]).toEqual([
      { theme: "blue" },
      { theme: "mine" },
    ]);
  });
});
