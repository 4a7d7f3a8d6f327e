import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ControlPlane, startControlPlane } from "../controlplane/index.ts";
import { until } from "../programs/index.ts";
import { type RedisServer, startRedis } from "../redis/index.ts";
import { programs } from "../setup.ts";
import { applicationYaml, configMap, fleetYaml } from "./files.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { dataOf, ownedNames, versionsOf } from "./live-objects.ts";
import { descendantsOf, isAlive } from "./processes.ts";

describe("a hub works the same with each of its stores and ways to read the repository", () => {
  let plane: ControlPlane;
  let redis: RedisServer;

  beforeAll(async () => {
    [plane, redis] = await Promise.all([startControlPlane(), startRedis()]);
  });

  afterAll(async () => {
    await Promise.all([plane?.stop(), redis?.stop()]);
  });

  /** Each with environment and names of its own: they share the cluster. */
  async function startFleetOf(name: string, hub: readonly string[]): Promise<Fleet> {
    const fleet = await startFleet({
      clusters: { [name]: { plane, labels: { environment: name } } },
      files: {
        "fleet.yaml": fleetYaml([{ name, branch: "main", labels: { environment: name } }]),
        [`apps/${name}/application.yaml`]: applicationYaml(name),
        [`apps/${name}/settings.json`]: configMap(`${name}-settings`, { theme: "light" }),
      },
      hub,
    });
    await fleet.healthy(name, await fleet.work.head());
    return fleet;
  }

  const stores = [
    {
      name: "own",
      title: "a Redis of its own",
      flags: () => ["--redis", "auto"],
      says: "started by this hub",
      children: ["redis-server", "cat-file"],
    },
    {
      name: "url",
      title: "a Redis elsewhere",
      flags: () => ["--redis", redis.url],
      says: "several hubs may share it",
      children: ["cat-file"],
    },
    {
      name: "plain",
      title: "neither Redis nor git",
      flags: () => ["--redis", "off", "--git", "isomorphic"],
      says: "one hub only",
      children: [],
    },
  ] as const;

  test.each(stores)(
    "with $title: push → applied; killed and back → no writes; told to stop → leaves nothing",
    async ({ name, flags, says, children }) => {
      const fleet = await startFleetOf(name, flags());
      try {
        expect(fleet.hub.output()).toContain(says);
        const files = { [`apps/${name}/settings.json`]: configMap(`${name}-settings`, { theme: "dark" }) };
        await fleet.healthy(name, await fleet.work.commit(files, "Go dark"));
        expect(await dataOf(plane, `${name}-settings`)).toEqual({ theme: "dark" });
        const versions = await versionsOf(plane);

        await fleet.hub.kill();
        await fleet.hub.start();
        await until("the agent to be connected", async () => (await fleet.list("clusters"))[0]?.connected || undefined);
        await fleet.healthy(name, await fleet.work.head());
        expect(await versionsOf(plane)).toEqual(versions);
        const removed = {
          [`apps/${name}`]: null,
          [`apps/${name}-2/application.yaml`]: applicationYaml(`${name}-2`),
          [`apps/${name}-2/other.json`]: configMap(`${name}-other`, { n: "1" }),
        };
        await fleet.healthy(name, await fleet.work.commit(removed, "Replace the application"));
        await until(
          "the old object to be pruned",
          async () => (await dataOf(plane, `${name}-settings`)) === undefined || undefined,
        );
        expect(await dataOf(plane, `${name}-other`)).toEqual({ n: "1" });

        const started = await descendantsOf(fleet.hub.pid);
        for (const child of children) expect([...started.values()].join("\n")).toContain(child);
        expect([await fleet.hub.stop(), await fleet.agent(name).stop()]).toEqual(["code 0", "code 0"]);
        await until("all that it started to be gone", () => ![...started.keys()].some(isAlive) || undefined);
      } finally {
        await fleet.stop();
      }
    },
  );
});

describe("a hub renders with kustomize", () => {
  let plane: ControlPlane;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "drover-kustomize-"));
    plane = await startControlPlane();
  });

  afterAll(async () => {
    await plane?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const yaml = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  const files = {
    "fleet.yaml": fleetYaml([
      { name: "dev", branch: "main", labels: { environment: "dev" } },
      { name: "staging", from: "dev", labels: { environment: "staging" } },
    ]),
    "apps/shop/application.yaml": applicationYaml("shop", { path: "overlays/${environment}", namespace: "default" }),
    "apps/shop/base/kustomization.yaml": yaml({ resources: ["settings.json"] }),
    "apps/shop/base/settings.json": configMap("settings", { theme: "light", size: "small" }),
    "apps/shop/overlays/dev/kustomization.yaml": yaml({
      resources: ["../../base"],
      namePrefix: "dev-",
      patches: [
        {
          target: { kind: "ConfigMap", name: "settings" },
          patch: '[{"op":"replace","path":"/data/theme","value":"dark"}]',
        },
      ],
      configMapGenerator: [{ name: "generated", literals: ["colour=red"] }],
      generatorOptions: { disableNameSuffixHash: true },
    }),
  };

  test("overlay, patch and generator arrive in the cluster, and follow a change of the base", async () => {
    const { kustomize } = await programs();
    const fleet = await startFleet({
      clusters: { east: { plane, labels: { environment: "dev" } } },
      files,
      hub: ["--redis", "off", "--kustomize", kustomize],
    });
    try {
      await fleet.healthy("dev", await fleet.work.head());
      expect(await ownedNames(plane)).toEqual(["dev-generated", "dev-settings"]);
      expect(await dataOf(plane, "dev-settings")).toEqual({ theme: "dark", size: "small" });
      expect(await dataOf(plane, "dev-generated")).toEqual({ colour: "red" });
      const base = { "apps/shop/base/settings.json": configMap("settings", { theme: "light", size: "large" }) };
      await fleet.healthy("dev", await fleet.work.commit(base, "Grow"));
      expect(await dataOf(plane, "dev-settings")).toEqual({ theme: "dark", size: "large" });
    } finally {
      await fleet.stop();
    }
  });

  test("told to stop while kustomize hangs → ends within seconds and takes it along", async () => {
    const hanging = join(folder, "kustomize");
    writeFileSync(hanging, '#!/bin/sh\ncase "$*" in *version*) echo v5.0.0 ;; *) exec sleep 300 ;; esac\n');
    chmodSync(hanging, 0o755);
    const fleet = await startFleet({ clusters: {}, files, hub: ["--redis", "off", "--kustomize", hanging] });
    try {
      const sleeper = await until("kustomize to run", async () =>
        [...(await descendantsOf(fleet.hub.pid))].find(([, command]) => command === "sleep 300"),
      );
      expect(await fleet.hub.stop()).toBe("code 0");
      await until("kustomize to be gone", () => !isAlive(sleeper[0]) || undefined);
    } finally {
      await fleet.stop();
    }
  });
});
