import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { administrator, type ControlPlane, startControlPlane } from "../controlplane/index.ts";
import { until } from "../programs/index.ts";
import { applicationYaml, configMap, fleetYaml } from "./files.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { dataOf, writesOf } from "./live-objects.ts";

/** dev → staging by itself, each on a cluster of its own; prod, with an approval, is only looked at. The whole way: promotion-journey. */
describe("what keeps a commit back", () => {
  let planes: readonly ControlPlane[];
  let fleet: Fleet;
  const dev = () => planes[0] as ControlPlane;
  const staging = () => planes[1] as ControlPlane;

  beforeAll(async () => {
    planes = await Promise.all(Array.from({ length: 2 }, () => startControlPlane({ auditedUser: administrator })));
    fleet = await startFleet({
      clusters: {
        "dev-1": { plane: dev(), labels: { environment: "dev" } },
        "staging-1": { plane: staging(), labels: { environment: "staging" } },
      },
      files: {
        "fleet.yaml": fleetYaml([
          { name: "dev", branch: "main", labels: { environment: "dev" } },
          { name: "staging", from: "dev", promotion: { mode: "auto", soak: "1s" }, labels: { environment: "staging" } },
          { name: "prod", from: "staging", promotion: { approvals: 1 }, labels: { environment: "prod" } },
        ]),
        "apps/shop/application.yaml": applicationYaml("shop", {
          health: [{ group: "", kind: "ConfigMap", failed: "data.mood == 'bad'", current: "data.mood != 'bad'" }],
        }),
        "apps/shop/settings.json": configMap("settings", { mood: "good", theme: "light" }),
      },
    });
    await fleet.healthy("staging", await fleet.work.head());
  });

  afterAll(async () => {
    await fleet?.stop();
    await Promise.all((planes ?? []).map((plane) => plane.stop()));
  });

  const push = (data: Readonly<Record<string, string>>) =>
    fleet.work.commit(
      { "apps/shop/settings.json": configMap("settings", data) },
      `Be ${data["mood"]}, ${data["theme"]}`,
    );

  const wayInto = async (environment: string) =>
    (await fleet.list("promotions")).find((each) => each.environment === environment);

  const gate = async (environment: string, name: string) =>
    (await wayInto(environment))?.gates.find((each) => each.name === name);

  test("not healthy in dev → stays there, whatever happens to the hub; the next good one goes on", async () => {
    const before = await fleet.work.head();
    const writes = writesOf(staging());
    const bad = await push({ mood: "bad", theme: "dark" });
    await until("dev to run it", async () =>
      (await dataOf(dev(), "settings"))?.["mood"] === "bad" ? true : undefined,
    );
    const upstream = () =>
      until("the gate to say why", async () => {
        const found = await gate("staging", "upstream");
        return found?.reason.includes("Degraded") === true ? found : undefined;
      });
    expect((await upstream()).state).toBe("waiting");
    await fleet.hub.kill();
    await fleet.hub.start();
    expect(await upstream()).toMatchObject({ state: "waiting" });
    expect((await wayInto("staging"))?.candidate).toBe(bad);
    expect(writesOf(staging())).toBe(writes);
    expect((await fleet.list("environments")).find(({ name }) => name === "staging")?.revision).toBe(before);

    const good = await push({ mood: "good", theme: "dark" });
    await fleet.healthy("staging", good);
    expect(await dataOf(staging(), "settings")).toEqual({ mood: "good", theme: "dark" });
  });

  test("an approval is for one commit: a newer one needs its own", async () => {
    const first = await fleet.work.head();
    await until("prod to look at it", async () => ((await wayInto("prod"))?.candidate === first ? true : undefined));
    expect((await fleet.drover("approve", "prod")).code).toBe(0);
    expect((await gate("prod", "approvals"))?.state).toBe("passed");
    const newer = await push({ mood: "good", theme: "blue" });
    await fleet.healthy("staging", newer);
    const way = await until("prod to look at it", async () => {
      const found = await wayInto("prod");
      return found?.candidate === newer ? found : undefined;
    });
    expect(way.gates.find(({ name }) => name === "approvals")?.state).toBe("waiting");
  });

  test("rule 8: rolled back by hand while it is automatic → held; promoted again → on top of both, and automation goes on", async () => {
    const before = await fleet.work.head();
    const newer = await push({ mood: "good", theme: "green" });
    await fleet.healthy("staging", newer);
    const rolledBack = await fleet.drover("rollback", "staging", "--to", before, "--reason", "too green", "-o", "json");
    const { to } = JSON.parse(rolledBack.stdout) as { to: string };
    await fleet.healthy("staging", to);
    expect(await dataOf(staging(), "settings")).toEqual({ mood: "good", theme: "blue" });
    await until("automation to be held", async () =>
      (await gate("staging", "hold"))?.state === "failed" ? true : undefined,
    );

    const promoted = await fleet.drover("promote", "staging", "-o", "json");
    expect(JSON.parse(promoted.stdout)).toMatchObject({ environment: "staging", from: to, moved: true });
    await until("it to run again", async () =>
      (await dataOf(staging(), "settings"))?.["theme"] === "green" ? true : undefined,
    );
    await push({ mood: "good", theme: "grey" });
    await until("automation to go on", async () =>
      (await dataOf(staging(), "settings"))?.["theme"] === "grey" ? true : undefined,
    );
    // The branch has moved before the record of it is closed.
    await until("the record", async () => (await wayInto("staging"))?.last?.actor === "drover" || undefined);
  });

  test("frozen → nothing goes into it, over a restart too, but for an emergency with its reason; lifted → automation goes on", async () => {
    const tip = async () =>
      (await fleet.work.git("ls-remote", "origin", "refs/heads/env/staging")).split("\t")[0] ?? "";
    const before = await tip();
    const frozen = await fleet.drover("freeze", "--reason", "year-end");
    expect([frozen.code, frozen.stdout]).toEqual([
      0,
      expect.stringMatching(/^Everything is frozen by \S+ since .*: year-end\n$/),
    ]);
    const revision = await push({ mood: "good", theme: "violet" });
    await fleet.healthy("dev", revision);
    await fleet.hub.kill();
    await fleet.hub.start();
    const closed = await until("the gate to be the only closed one", async () => {
      const way = await wayInto("staging");
      const [only, ...others] = way?.gates.filter(({ state }) => state !== "passed") ?? [];
      return way?.candidate === revision && others.length === 0 && only?.name === "freeze" ? only : undefined;
    });
    expect(closed).toMatchObject({ state: "failed", reason: expect.stringContaining("year-end") });
    const refused = await fleet.drover("promote", "staging");
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("freeze: Everything is frozen by")]);
    const unexplained = await fleet.drover("promote", "staging", "--emergency");
    expect([unexplained.code, unexplained.stderr]).toEqual([2, expect.stringContaining("needs a reason")]);
    expect(await tip()).toBe(before);

    expect((await fleet.drover("promote", "staging", "--emergency", "--reason", "outage")).code).toBe(0);
    expect((await wayInto("staging"))?.running).toBe(await tip());
    await fleet.healthy("staging", await tip());
    const [newest] = JSON.parse((await fleet.drover("history", "staging", "-o", "json")).stdout) as readonly unknown[];
    expect(newest).toMatchObject({ reason: "outage", bypassed: [expect.stringMatching(/^freeze: .*year-end$/)] });

    const last = await push({ mood: "good", theme: "gold" });
    await fleet.healthy("dev", last);
    expect((await fleet.drover("unfreeze")).code).toBe(0);
    await until("automation to go on", async () =>
      (await dataOf(staging(), "settings"))?.["theme"] === "gold" ? true : undefined,
    );
  });
});
