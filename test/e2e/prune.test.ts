import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ApplicationView } from "../../common/domain/index.ts";
import { type ControlPlane, startControlPlane } from "../controlplane/index.ts";
import { until } from "../programs/index.ts";
import { applicationYaml, configMap, fleetYaml } from "./files.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { ownedNames } from "./live-objects.ts";

const many = 20;
const names = Array.from({ length: many }, (_, index) => `object-${index}`);

describe("deletes that are too many", () => {
  let east: ControlPlane;
  let fleet: Fleet;

  beforeAll(async () => {
    east = await startControlPlane();
    fleet = await startFleet({
      clusters: { east: { plane: east, labels: { environment: "dev" } } },
      files: {
        "fleet.yaml": fleetYaml([{ name: "dev", branch: "main", labels: { environment: "dev" } }]),
        "apps/shop/application.yaml": applicationYaml("shop"),
        ...Object.fromEntries(names.map((name) => [`apps/shop/${name}.json`, configMap(name, { n: name })])),
      },
    });
    await fleet.healthy("dev", await fleet.work.head());
  });
  afterAll(async () => {
    await fleet?.stop();
    await east?.stop();
  });

  test("are held and shown, and happen once a person confirms them, though hub and agent die in between", async () => {
    const gone = names.slice(5);
    const files = Object.fromEntries(gone.map((name) => [`apps/shop/${name}.json`, null]));
    await fleet.work.commit(files, "Drop most of the shop");
    const blocked = await until("the deletes to be held", async () => {
      const [application] = await fleet.list("applications");
      return application?.blockedPrune ?? undefined;
    });
    expect(blocked).toMatchObject({ count: 15, reason: "15 of its 20 objects would go, 50% may", confirmed: null });
    expect(await ownedNames(east)).toHaveLength(many);
    await until("the objects to say so", async () => {
      const [object] = await fleet.list("objects", { name: "object-7" });
      expect(object).toMatchObject({ sync: "OutOfSync", message: "Left Git, not deleted: waits for confirmation" });
      return true;
    });
    const status = await fleet.drover("prune", "status", "dev");
    expect(status.stdout).toContain("shop on east: 15 objects: 15 of its 20 objects would go, 50% may");
    expect(status.stderr).toContain("'drover prune confirm dev'");
    const wide = await fleet.drover("get", "applications", "-o", "wide");
    expect(wide.stdout).toContain("UNPRUNED");

    // The agent is away when it is confirmed, and the hub dies before anybody heard of it.
    await fleet.agent("east").kill();
    const confirmed = await fleet.drover("prune", "confirm", "dev", "-a", "shop");
    expect(confirmed).toMatchObject({ code: 0, stdout: "Confirmed: 15 objects of shop on east\n" });
    await fleet.hub.kill();
    expect(await ownedNames(east)).toHaveLength(many);
    await fleet.hub.start();
    const shown = JSON.parse((await fleet.drover("prune", "status", "dev", "-o", "json")).stdout) as ApplicationView[];
    expect(shown[0]?.blockedPrune?.confirmed).toMatchObject({ actor: expect.any(String) });

    await fleet.agent("east").start();
    await until("the objects to go", async () => (await ownedNames(east)).length === 5 || undefined);
    await fleet.healthy("dev", await fleet.work.head());
    await until(
      "nothing to wait",
      async () =>
        (await fleet.drover("prune", "status", "dev")).stderr.includes("Nothing waits for confirmation") || undefined,
    );
    expect(fleet.hub.output()).toContain("confirm prune");
  });
});
