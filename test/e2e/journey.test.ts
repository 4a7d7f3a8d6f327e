import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ControlPlane, startControlPlane } from "../controlplane/index.ts";
import { until } from "../programs/index.ts";
import { applicationYaml, configMap, fleetYaml } from "./files.ts";
import { type Fleet, startFleet } from "./fleet.ts";

describe("a commit travels from Git to real clusters and back", () => {
  let east: ControlPlane;
  let west: ControlPlane;
  let fleet: Fleet;

  beforeAll(async () => {
    [east, west] = await Promise.all([startControlPlane(), startControlPlane()]);
    fleet = await startFleet({
      clusters: {
        east: { plane: east, labels: { environment: "dev" } },
        west: { plane: west, labels: { environment: "dev" } },
      },
      files: {
        "fleet.yaml": fleetYaml([{ name: "dev", branch: "main", labels: { environment: "dev" } }]),
        "apps/shop/application.yaml": applicationYaml("shop", { path: "manifests" }),
        "apps/shop/manifests/settings.json": configMap("settings", { theme: "light" }),
        "apps/shop/manifests/limits.json": configMap("limits", { max: "10" }),
      },
    });
  });

  afterAll(async () => {
    await fleet?.stop();
    await Promise.all([east?.stop(), west?.stop()]);
  });

  async function data(plane: ControlPlane, name: string): Promise<Record<string, string> | undefined> {
    const { status, text } = await plane.request({ path: `/api/v1/namespaces/default/configmaps/${name}` });
    return status === 404 ? undefined : (JSON.parse(text) as { data: Record<string, string> }).data;
  }

  test("push → applied and healthy on both", async () => {
    await fleet.healthy("dev", await fleet.work.head());
    const revision = await fleet.work.commit(
      { "apps/shop/manifests/settings.json": configMap("settings", { theme: "dark" }) },
      "Go dark",
    );
    await fleet.healthy("dev", revision);
    expect([await data(east, "settings"), await data(west, "settings")]).toEqual([
      { theme: "dark" },
      { theme: "dark" },
    ]);
  });

  test("object deleted by hand → back, and reported", async () => {
    await east.kubectl(["delete", "configmap", "settings"]);
    await until("the object to be back", async () => data(east, "settings"));
    const [drift] = await until("the drift to be reported", async () => {
      const items = await fleet.list("drift", { cluster: "east" });
      return items.some((item) => item.state === "corrected") ? items : undefined;
    });
    expect(drift).toMatchObject({
      environment: "dev",
      cluster: "east",
      application: "shop",
      object: { kind: "ConfigMap", namespace: "default", name: "settings" },
      count: 1,
    });
  });

  test("owned field edited by hand → restored, and reported with the editing field manager", async () => {
    await west.kubectl([
      "patch",
      "configmap",
      "limits",
      "--field-manager",
      "night-shift",
      "--type",
      "merge",
      "-p",
      '{"data":{"max":"99"}}',
    ]);
    await until("the field to be restored", async () =>
      (await data(west, "limits"))?.["max"] === "10" ? true : undefined,
    );
    const drift = await until("the drift to be reported", async () =>
      (await fleet.list("drift", { cluster: "west" })).find((item) => item.state === "corrected"),
    );
    expect(drift.fields).toMatchObject([{ path: "data.max", desired: "10", live: "99", manager: "night-shift" }]);
  });

  test("file removed from Git → pruned, others untouched", async () => {
    const before = await east.request({ path: "/api/v1/namespaces/default/configmaps/settings" });
    const revision = await fleet.work.commit({ "apps/shop/manifests/limits.json": null }, "Drop limits");
    await fleet.healthy("dev", revision);
    await until(
      "the object to be pruned",
      async () =>
        ((await data(east, "limits")) === undefined && (await data(west, "limits")) === undefined) || undefined,
    );
    const after = await east.request({ path: "/api/v1/namespaces/default/configmaps/settings" });
    expect(JSON.parse(after.text).metadata.resourceVersion).toBe(JSON.parse(before.text).metadata.resourceVersion);
  });
});
