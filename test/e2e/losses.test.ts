import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { administrator, type ControlPlane, startControlPlane } from "../controlplane/index.ts";
import { inCheckout, say, until } from "../programs/index.ts";
import { applicationYaml, configMap, fleetYaml } from "./files.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { dataOf, ownedNames, versionsOf, writesOf } from "./live-objects.ts";
import { runCommand } from "./run-command.ts";

const many = 200;

describe("what was lost comes back, and nothing else goes", () => {
  let east: ControlPlane;
  let west: ControlPlane;
  let fleet: Fleet;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "drover-losses-"));
    [east, west] = await Promise.all([startControlPlane({ auditedUser: administrator }), startControlPlane()]);
    const objects = Array.from({ length: many }, (_, index) => [
      `apps/shop/object-${index}.json`,
      configMap(`object-${index}`, { n: String(index) }),
    ]);
    fleet = await startFleet({
      clusters: {},
      files: {
        "fleet.yaml": fleetYaml([{ name: "dev", branch: "main", labels: { environment: "dev" } }]),
        "apps/shop/application.yaml": applicationYaml("shop"),
        "apps/shop/settings.json": configMap("settings", { theme: "light" }),
        ...Object.fromEntries(objects),
      },
    });
    await fleet.join("east", east, { environment: "dev" }, { data: join(folder, "east") });
    await fleet.join("west", west, { environment: "dev" }, { data: join(folder, "west") });
    await fleet.healthy("dev", await fleet.work.head());
  });

  afterAll(async () => {
    await fleet?.stop();
    await Promise.all([east?.stop(), west?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  const connected = (cluster: string) =>
    until(`"${cluster}" to be connected`, async () => {
      const found = (await fleet.list("clusters")).find(({ name }) => name === cluster);
      return found?.connected || undefined;
    });

  test("a cluster lost and made anew: refused under its old name, joined with --replace → everything back", async () => {
    const untouched = await versionsOf(east);
    await fleet.agent("west").kill();
    await west.wipe();

    // Neither with the old identity …
    await fleet.agent("west").start();
    await until(
      "the agent to refuse the cluster",
      () => fleet.agent("west").output().includes("the data directory belongs to the cluster with UID") || undefined,
    );
    await fleet.agent("west").stop();
    // … nor with a new one under the name.
    const again = await fleet.drover("cluster", "join", "west");
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('Cluster "west" has joined already: say --replace');
    await fleet.drover("cluster", "revoke", "west");
    const plain = await fleet.drover("cluster", "join", "west", "-o", "json");
    const { token } = JSON.parse(plain.stdout) as { token: string };
    const refused = await runCommand(process.execPath, [
      inCheckout("dist/agent.js"),
      ...["--token", token, "--kubeconfig", west.kubeconfig, "--data", join(folder, "impostor")],
    ]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("join again with --replace");
    expect(fleet.hub.output()).toContain("join again with --replace");
    expect(await ownedNames(west)).toEqual([]);

    const startedAt = performance.now();
    await fleet.join("west", west, { environment: "dev" }, { replace: true });
    await connected("west");
    await fleet.healthy("dev", await fleet.work.head());
    await until("all objects", async () => (await ownedNames(west)).length === many + 1 || undefined);
    say(
      `A lost cluster with ${many + 1} objects was back ${Math.round(performance.now() - startedAt)} ms after its join command`,
    );
    expect(await dataOf(west, "settings")).toEqual({ theme: "light" });
    expect(await versionsOf(east)).toEqual(untouched);
  });

  test("the hub's state lost, its keys kept → nothing deleted, nothing applied again; prunes once it is trusted", async () => {
    const versions = await versionsOf(east);
    const writes = writesOf(east);
    await fleet.hub.kill();
    rmSync(join(fleet.hubData, "state"), { recursive: true });
    await fleet.agent("west").kill();
    await fleet.hub.start();
    await until(
      "the agent to say that the hub does not know it",
      () => fleet.agent("east").output().includes('Cluster \\"east\\" is not part of the fleet') || undefined,
    );
    await fleet.agent("east").kill();
    await fleet.join("east", east, { environment: "dev" }, { data: join(folder, "east") });
    await connected("east");
    await fleet.healthy("dev", await fleet.work.head());
    expect(await versionsOf(east)).toEqual(versions);
    expect(writesOf(east)).toBe(writes);
  });

  test("the hub's state lost and something left out since → applied, but pruned only after `drover cluster trust`", async () => {
    await fleet.hub.kill();
    rmSync(join(fleet.hubData, "state"), { recursive: true });
    const revision = await fleet.work.commit(
      { "apps/shop/object-0.json": null, "apps/shop/settings.json": configMap("settings", { theme: "dark" }) },
      "Drop an object",
    );
    await fleet.agent("east").kill();
    await fleet.hub.start();
    await fleet.join("east", east, { environment: "dev" }, { data: join(folder, "east") });
    await connected("east");
    await until("the new content to be applied", async () =>
      (await dataOf(east, "settings"))?.["theme"] === "dark" ? true : undefined,
    );
    await until(
      "the agent to say that it prunes nothing",
      () => fleet.agent("east").output().includes("pruning nothing until an operator confirms it") || undefined,
    );
    await fleet.healthy("dev", revision);
    // Whatever followed that is over when the next push has arrived.
    const next = await fleet.work.commit(
      { "apps/shop/settings.json": configMap("settings", { theme: "blue" }) },
      "Change something else",
    );
    await fleet.healthy("dev", next);
    expect(await dataOf(east, "object-0")).toEqual({ n: "0" });

    expect((await fleet.drover("cluster", "trust", "east")).code).toBe(0);
    await until("the object to be pruned", async () =>
      (await dataOf(east, "object-0")) === undefined ? true : undefined,
    );
    expect(await ownedNames(east)).toHaveLength(many);
    await fleet.healthy("dev", next);
  });
});
