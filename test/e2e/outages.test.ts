import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CuttableProxy, startCuttableProxy } from "../contracts/stream-proxy.ts";
import { administrator, type ControlPlane, startControlPlane } from "../controlplane/index.ts";
import { until } from "../programs/index.ts";
import { applicationYaml, configMap, fleetYaml } from "./files.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { changesSince, dataOf, ownedNames, versionNow, versionsOf, writesOf } from "./live-objects.ts";

describe("whatever dies or is cut off, the clusters become what Git says", () => {
  let east: ControlPlane;
  let west: ControlPlane;
  let fleet: Fleet;
  let proxy: CuttableProxy;
  /** Between the agent of "east" and its API server. */
  let api: CuttableProxy;
  let folder: string;

  beforeAll(async () => {
    [east, west] = await Promise.all([
      startControlPlane({ auditedUser: administrator }),
      startControlPlane({ auditedUser: administrator }),
    ]);
    fleet = await startFleet({
      clusters: {},
      files: {
        "fleet.yaml": fleetYaml([{ name: "dev", branch: "main", labels: { environment: "dev" } }]),
        "apps/shop/application.yaml": applicationYaml("shop"),
        "apps/shop/settings.json": configMap("settings", { theme: "light" }),
        "apps/shop/limits.json": configMap("limits", { max: "10" }),
      },
    });
    folder = mkdtempSync(join(tmpdir(), "drover-outages-"));
    const kubeconfig = join(folder, "kubeconfig");
    api = await startCuttableProxy(new URL(east.server).host);
    const direct = readFileSync(east.kubeconfig, "utf8");
    writeFileSync(kubeconfig, direct.replaceAll(east.server, `https://${api.address}`), { mode: 0o600 });
    await fleet.join("east", { kubeconfig }, { environment: "dev" });
    proxy = await startCuttableProxy(`127.0.0.1:${fleet.agentsPort}`);
    await fleet.join("west", west, { environment: "dev" }, { hubAddress: proxy.address });
    await fleet.healthy("dev", await fleet.work.head());
  });

  afterAll(async () => {
    await fleet?.stop();
    await Promise.all([proxy?.close(), api?.close()]);
    await Promise.all([east?.stop(), west?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  const bothConnected = () =>
    until("both agents to be connected", async () => {
      const clusters = await fleet.list("clusters");
      return clusters.every(({ connected }) => connected) || undefined;
    });

  const hubHas = (revision: string) =>
    until("the hub to have read the commit", async () =>
      (await fleet.list("environments")).some((each) => each.revision === revision) ? true : undefined,
    );

  test("hub killed and restarted → no writes to the clusters, no lost report", async () => {
    await fleet.hub.kill();
    await west.kubectl(["patch", "configmap", "limits", "--type", "merge", "-p", '{"data":{"max":"99"}}']);
    await until("the agent to correct it alone", async () =>
      (await dataOf(west, "limits"))?.["max"] === "10" ? true : undefined,
    );
    const settled = async () => [await versionsOf(east), await versionsOf(west)];
    const versions = await settled();
    const writes = [writesOf(east), writesOf(west)];

    await fleet.hub.start();
    await bothConnected();
    await fleet.healthy("dev", await fleet.work.head());
    const drift = await until("the drift to be reported", async () =>
      (await fleet.list("drift", { cluster: "west" })).find((item) => item.state === "corrected"),
    );
    expect(drift.fields).toMatchObject([{ path: "data.max", desired: "10", live: "99" }]);
    expect(await settled()).toEqual(versions);
    expect([writesOf(east), writesOf(west)]).toEqual(writes);

    // What the restart might have set off comes before what a push sets off.
    const revision = await fleet.work.commit(
      { "apps/shop/settings.json": configMap("settings", { theme: "dark" }) },
      "Go dark",
    );
    await fleet.healthy("dev", revision);
    expect(writesOf(east)).toBeGreaterThan(writes[0] as number);
    const after = await versionsOf(east);
    expect(Object.keys(after)).toEqual(Object.keys(versions[0] ?? {}));
    expect(after["default/limits"]).toBe(versions[0]?.["default/limits"]);
  });

  test("hub killed with a push in its hands, three times over → each commit arrives, and only it is written", async () => {
    const start = await versionNow(east);
    for (const theme of ["one", "two", "three"]) {
      const files = { "apps/shop/settings.json": configMap("settings", { theme }) };
      const revision = await fleet.work.commit(files, `Go ${theme}`);
      await fleet.hub.kill();
      await fleet.hub.start();
      await fleet.healthy("dev", revision);
    }
    const changes = await changesSince(east, start);
    expect(changes.map(({ object }) => [object.metadata.name, object.data?.["theme"]])).toEqual([
      ["settings", "one"],
      ["settings", "two"],
      ["settings", "three"],
    ]);
    await bothConnected();
  });

  test("hub down and the agent started anew → it corrects alone, and reports when the hub is back", async () => {
    await fleet.hub.kill();
    await fleet.agent("east").kill();
    await east.kubectl(["delete", "configmap", "limits"]);
    await fleet.agent("east").start();
    await until("the object to be back", async () => dataOf(east, "limits"));
    await fleet.hub.start();
    await until("the drift to be reported", async () =>
      (await fleet.list("drift", { cluster: "east" })).some(
        ({ object, state }) => object.name === "limits" && state === "corrected",
      )
        ? true
        : undefined,
    );
    await bothConnected();
  });

  test("agent killed while it applies, and Git moves on before it is back → what Git says, nothing left over", async () => {
    const count = 600;
    const path = (index: number) => `apps/many/object-${index}.json`;
    const files = Array.from({ length: count }, (_, index) => [
      path(index),
      configMap(`many-${index}`, { n: `${index}` }),
    ]);
    // Some answers on, it waits in vain: so it is killed in the middle, however fast it is.
    const stallAt = api.bytesToAgent() + 200_000;
    api.stallAfterBytes(stallAt);
    await fleet.work.commit(
      {
        "apps/many/application.yaml": applicationYaml("many", { guards: { maxDeletes: "100%" } }),
        ...Object.fromEntries(files),
      },
      "Add many objects",
    );
    const many = async () => (await ownedNames(east)).filter((name) => name.startsWith("many-"));
    await until("some objects to be applied", () => api.bytesToAgent() > stallAt || undefined);
    await fleet.agent("east").kill();
    api.stallAfterBytes(Number.POSITIVE_INFINITY);
    const before = await many();
    expect(before.length).toBeGreaterThan(0);
    expect(before.length).toBeLessThan(count);

    // Among them objects of which no inventory knew yet that they exist.
    const half = Array.from({ length: count / 2 }, (_, index) => [path(index * 2), null]);
    const revision = await fleet.work.commit(Object.fromEntries(half), "Remove every second one");
    await hubHas(revision);
    await fleet.agent("east").start();
    await fleet.healthy("dev", revision);
    const wanted = Array.from({ length: count / 2 }, (_, index) => `many-${index * 2 + 1}`).sort();
    await until("the rest to be pruned", async () => (await many()).length === wanted.length || undefined);
    expect(await many()).toEqual(wanted);

    const last = await fleet.work.commit({ "apps/many": null }, "Remove the others");
    await fleet.healthy("dev", last);
    await until(
      "all of them to be pruned",
      async () =>
        (await ownedNames(east)).concat(await ownedNames(west)).every((name) => !name.startsWith("many-")) || undefined,
    );
    expect(await ownedNames(east)).toEqual(["limits", "settings"]);
  });

  test("agent offline during two pushes → lands on the newest only", async () => {
    await fleet.agent("east").kill();
    const start = await versionNow(east);
    const first = await fleet.work.commit(
      {
        "apps/shop/passing.json": configMap("passing", { here: "for one commit" }),
        "apps/shop/settings.json": configMap("settings", { theme: "never" }),
      },
      "Push once",
    );
    await hubHas(first);
    await until("the other cluster to have it", async () => dataOf(west, "passing"));
    const second = await fleet.work.commit(
      { "apps/shop/passing.json": null, "apps/shop/settings.json": configMap("settings", { theme: "newest" }) },
      "Push again",
    );
    await hubHas(second);
    await fleet.agent("east").start();
    await fleet.healthy("dev", second);
    const changes = await changesSince(east, start);
    expect(changes.map(({ type, object }) => [type, object.metadata.name, object.data])).toEqual([
      ["MODIFIED", "settings", { theme: "newest" }],
    ]);
    await until("the other cluster to have pruned it", async () =>
      (await dataOf(west, "passing")) === undefined ? true : undefined,
    );
  });

  test("network cut in the middle of a large transfer → resumes and arrives", async () => {
    const large = Array.from({ length: 60 }, (_, index) => [
      `apps/large/object-${index}.json`,
      configMap(`large-${index}`, { noise: randomBytes(48 * 1024).toString("base64") }),
    ]);
    const bytes = proxy.bytesToAgent();
    proxy.cutAfterBytes(bytes + 1024 * 1024);
    const revision = await fleet.work.commit(
      {
        "apps/large/application.yaml": applicationYaml("large", { guards: { maxDeletes: "100%" } }),
        ...Object.fromEntries(large),
      },
      "Add large objects",
    );
    await fleet.healthy("dev", revision);
    expect(proxy.cuts()).toBe(1);
    expect((await ownedNames(west)).filter((name) => name.startsWith("large-"))).toHaveLength(60);
  });

  test("network cut while nothing happens → connected again, nothing written, the next push arrives", async () => {
    const versions = await versionsOf(west);
    const connections = () => fleet.agent("west").output().split("Connected to the hub").length;
    const before = connections();
    proxy.cut();
    await until("the agent to connect again", () => connections() > before || undefined);
    await bothConnected();
    expect(await versionsOf(west)).toEqual(versions);
    const revision = await fleet.work.commit({ "apps/large": null }, "Remove large objects");
    await fleet.healthy("dev", revision);
    await until("the objects to be pruned", async () =>
      (await ownedNames(west)).every((name) => !name.startsWith("large-")) ? true : undefined,
    );
  });

  test("twenty quick pushes → end on the last, never going back", async () => {
    const start = await versionNow(east);
    let revision = "";
    for (let push = 1; push <= 20; push++) {
      const files = { "apps/shop/limits.json": configMap("limits", { max: String(1000 + push) }) };
      revision = await fleet.work.commit(files, `Push ${push}`);
    }
    await fleet.healthy("dev", revision);
    expect([await dataOf(east, "limits"), await dataOf(west, "limits")]).toEqual([{ max: "1020" }, { max: "1020" }]);
    const seen = (await changesSince(east, start)).map(({ object }) => Number(object.data?.["max"]));
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });
});
