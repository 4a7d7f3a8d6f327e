import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PromotionRecordView, RolloutView } from "../../common/domain/index.ts";
import { administrator, type ControlPlane, startControlPlane } from "../controlplane/index.ts";
import { until } from "../programs/index.ts";
import { applicationYaml, configMap, fleetYaml } from "./files.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { dataOf, writesOf } from "./live-objects.ts";

const clusters = ["dev-1", "staging-1", "canary-1", "prod-1"] as const;
type Cluster = (typeof clusters)[number];

/**
 * dev → staging by itself after a soak → prod with an approval, there first on a canary, then on the rest. No cheaper test has gates,
 * waves, the real store, mirror, keys and agents at once.
 */
describe("a commit travels to the last cluster of the last environment", () => {
  const planes = new Map<Cluster, ControlPlane>();
  let fleet: Fleet;

  const plane = (name: Cluster) => {
    const found = planes.get(name);
    if (found === undefined) throw new Error(`No control plane "${name}"`);
    return found;
  };
  const labels = (name: Cluster) => ({
    environment: name === "canary-1" ? "prod" : name.replace("-1", ""),
    ...(name === "canary-1" ? { canary: "true" } : {}),
  });

  beforeAll(async () => {
    await Promise.all(
      clusters.map(async (name) => planes.set(name, await startControlPlane({ auditedUser: administrator }))),
    );
    // What changes this is well in dev and cannot be in staging.
    const body = { metadata: { name: "locked" }, data: { theme: "none" }, immutable: true };
    await plane("staging-1").request({ method: "POST", path: "/api/v1/namespaces/default/configmaps", body });
    fleet = await startFleet({
      clusters: Object.fromEntries(clusters.map((name) => [name, { plane: plane(name), labels: labels(name) }])),
      files: {
        "fleet.yaml": fleetYaml([
          { name: "dev", branch: "main", labels: { environment: "dev" } },
          { name: "staging", from: "dev", promotion: { mode: "auto", soak: "1s" }, labels: { environment: "staging" } },
          {
            name: "prod",
            from: "staging",
            promotion: { approvals: 1 },
            rollout: { waves: [{ name: "canary", clusters: { matchLabels: { canary: "true" } } }, { name: "rest" }] },
            labels: { environment: "prod" },
          },
        ]),
        "apps/shop/application.yaml": applicationYaml("shop"),
        "apps/shop/settings.json": configMap("settings", { theme: "light" }),
      },
    });
  });

  afterAll(async () => {
    await fleet?.stop();
    await Promise.all([...planes.values()].map((each) => each.stop()));
  });

  const push = (theme: string, extra = "extra") =>
    fleet.work.commit(
      {
        "apps/shop/settings.json": configMap("settings", { theme }),
        "apps/shop/extra.json": configMap(extra, { theme }),
      },
      `Be ${theme}`,
    );
  const themeOn = async (name: Cluster) => (await dataOf(plane(name), "settings"))?.["theme"];
  const themes = async () => ({ canary: await themeOn("canary-1"), rest: await themeOn("prod-1") });
  const tipOf = async (environment: string) =>
    (await fleet.work.git("ls-remote", "origin", `refs/heads/env/${environment}`)).split("\t")[0] ?? "";
  const wayInto = async (environment: string) =>
    (await fleet.list("promotions")).find((each) => each.environment === environment);
  const gate = async (environment: string, name: string) =>
    (await wayInto(environment))?.gates.find((each) => each.name === name);
  const gateSays = (environment: string, name: string, word: string) =>
    until(`the gate "${name}" of ${environment} to say "${word}"`, async () => {
      const found = await gate(environment, name);
      return found?.reason.includes(word) === true ? found : undefined;
    });
  const prodLooksAt = (revision: string) =>
    until("prod to look at it", async () => ((await wayInto("prod"))?.candidate === revision ? true : undefined));
  const historyOf = async (environment: string) =>
    JSON.parse((await fleet.drover("history", environment, "-o", "json")).stdout) as PromotionRecordView[];

  /** Resolves when all waves of prod have passed. */
  const rolledOut = (revision: string): Promise<RolloutView> =>
    until(`the rollout of ${revision.slice(0, 8)} to be done`, async () => {
      const view = (await fleet.list("rollouts")).find(({ environment }) => environment === "prod");
      return view?.revision === revision && view.state === "done" ? view : undefined;
    });

  async function approveAndPromote(revision: string): Promise<string> {
    await prodLooksAt(revision);
    expect((await fleet.drover("approve", "prod")).code).toBe(0);
    const promoted = await fleet.drover("promote", "prod", "--timeout", "60s", "-o", "json");
    expect([promoted.code, promoted.stderr]).toEqual([0, expect.anything()]);
    const { to, moved } = JSON.parse(promoted.stdout) as { to: string; moved: boolean };
    expect(moved).toBe(true);
    return to;
  }

  test("healthy in dev for the soak → staging by itself; prod waits for an approval, then for somebody to promote", async () => {
    const revision = await fleet.work.head();
    await fleet.healthy("staging", revision);
    await prodLooksAt(revision);
    const refused = await fleet.drover("promote", "prod");
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("approvals: 0 of 1 approvals")]);

    expect(await approveAndPromote(revision)).toBe(revision);
    await fleet.healthy("prod", revision);
    await rolledOut(revision);
    expect(await historyOf("staging")).toMatchObject([
      {
        to: revision,
        actor: "drover",
        bypassed: [],
        proof: expect.arrayContaining([
          expect.stringMatching(/^upstream: "dev": 1 of 1 clusters run it and are healthy/),
        ]),
      },
    ]);
  });

  test("in prod the canary comes first, then the rest", async () => {
    const revision = await push("dark");
    await fleet.healthy("staging", revision);
    expect(await approveAndPromote(revision)).toBe(revision);
    const done = await rolledOut(revision);
    expect(await themes()).toEqual({ canary: "dark", rest: "dark" });
    expect(done.waves.map(({ name, state, clusters: { healthy } }) => [name, state, healthy])).toEqual([
      ["canary", "passed", 1],
      ["rest", "passed", 1],
    ]);
    await fleet.healthy("prod", revision);
    const log = fleet.hub.output();
    const told = (cluster: Cluster) => log.lastIndexOf(`"cluster":"${cluster}","environment":"prod"`);
    expect(told("canary-1")).toBeGreaterThan(-1);
    expect(told("canary-1")).toBeLessThan(told("prod-1"));
  });

  test("well in dev and not in staging → stopped there, whoever asks; the next good one goes on", async () => {
    const before = await tipOf("prod");
    const writes = [writesOf(plane("canary-1")), writesOf(plane("prod-1"))];
    const bad = await push("red", "locked");
    await until("staging to try it", async () => ((await tipOf("staging")) === bad ? true : undefined));
    await prodLooksAt(bad);
    await gateSays("prod", "upstream", "locked");
    expect((await fleet.drover("approve", "prod")).code).toBe(0);
    const refused = await fleet.drover("promote", "prod", "--timeout", "0s");
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("upstream: ")]);
    expect(await tipOf("prod")).toBe(before);
    expect([writesOf(plane("canary-1")), writesOf(plane("prod-1"))]).toEqual(writes);

    const good = await push("blue");
    await fleet.healthy("staging", good);
    const to = await approveAndPromote(good);
    await rolledOut(to);
    expect(await themes()).toEqual({ canary: "blue", rest: "blue" });
    expect((await historyOf("prod")).map(({ commit }) => commit)).not.toContain(bad);
  });

  test("prod rolled back → a commit on top, over the same waves, and it stays until somebody promotes", async () => {
    const before = await tipOf("prod");
    const rolledBack = await fleet.drover("rollback", "prod", "--reason", "too blue", "-o", "json");
    expect([rolledBack.code, rolledBack.stderr]).toEqual([0, expect.anything()]);
    const { to } = JSON.parse(rolledBack.stdout) as { to: string };
    await fleet.healthy("prod", to);
    await rolledOut(to);
    expect(await themes()).toEqual({ canary: "dark", rest: "dark" });
    await fleet.work.git("fetch", "origin");
    expect((await fleet.work.git("rev-parse", `${to}^`)).trim()).toBe(before);
    expect((await historyOf("prod"))[0]).toMatchObject({ kind: "rollback", from: before, to, reason: "too blue" });
  });

  test("the hub's database is lost, with an approval given and in the middle of a promotion → same history, same approval, one promotion", async () => {
    const revision = await push("black");
    await fleet.healthy("staging", revision);
    await prodLooksAt(revision);
    expect((await fleet.drover("approve", "prod")).code).toBe(0);
    await until("the record", async () => ((await historyOf("staging"))[0]?.commit === revision ? true : undefined));
    const before = [await historyOf("staging"), await historyOf("prod")] as const;
    expect(before[1].map(({ kind }) => kind)).toContain("rollback");
    const tip = await tipOf("prod");
    const lose = async () => {
      await fleet.hub.kill();
      rmSync(join(fleet.hubData, "state"), { recursive: true });
      await fleet.hub.start();
    };
    const joinAgain = async (cluster: Cluster) => {
      await fleet.agent(cluster).kill();
      await fleet.join(cluster, plane(cluster), labels(cluster));
    };
    const same = async (environment: string, expected: readonly PromotionRecordView[]) => {
      const found = await until(`the history of ${environment}`, async () => {
        const read = await historyOf(environment);
        return read.length >= expected.length ? read : undefined;
      });
      expect(found).toEqual(expected);
    };

    await lose();
    await same("staging", before[0]);
    await same("prod", before[1]);
    await until("the approval", async () => ((await gate("prod", "approvals"))?.state === "passed" ? true : undefined));
    await joinAgain("staging-1");

    const promoting = fleet.drover("promote", "prod", "--timeout", "60s");
    // On top of the rollback and of what is promoted.
    const to = await until("the branch to move", async () => {
      const now = await tipOf("prod");
      return now === tip ? undefined : now;
    });
    await lose();
    await promoting;
    const after = await until("the promotion to be known", async () => {
      const found = await historyOf("prod");
      return found.length > before[1].length ? found : undefined;
    });
    expect(after.slice(1)).toEqual(before[1]);
    expect(after[0]).toMatchObject({
      ...{ kind: "promotion", from: tip, commit: revision, to, actor: "admin", bypassed: [] },
      proof: expect.arrayContaining([expect.stringMatching(/^approvals: Approved by admin/)]),
    });
    await joinAgain("canary-1");
    await joinAgain("prod-1");
    await fleet.healthy("prod", to);
    expect(await themes()).toEqual({ canary: "black", rest: "black" });
    const again = await fleet.drover("promote", "prod", "-o", "json");
    expect(JSON.parse(again.stdout)).toMatchObject({ moved: false });
    expect([await historyOf("prod"), await tipOf("prod")]).toEqual([after, to]);
  });
});
