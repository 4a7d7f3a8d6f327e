import { afterEach, describe, expect, test } from "vitest";
import { type EnvironmentStatus, type HealthState, reportKey } from "../../common/domain/index.ts";
import type { Forge } from "../../hub/ports.ts";
import { revisionOf } from "../../hub/rollout/index.ts";
import { applicationYaml, configMap, fleetYaml } from "../e2e/files.ts";
import { createMemoryForge } from "../fakes/memory-forge.ts";
import { until } from "../programs/index.ts";
import { createPipelineStage, type PipelineStage } from "./pipeline-stage.ts";

const waves = [{ name: "first", clusters: ["one"] }, { name: "rest" }];
const fleet = (rollout?: Readonly<Record<string, unknown>>) =>
  fleetYaml([
    {
      name: "prod",
      branch: "main",
      labels: { environment: "prod" },
      ...(rollout === undefined ? {} : { rollout }),
    },
  ]);

describe("rollouts between Git and offers", () => {
  let stage: PipelineStage;

  afterEach(() => stage.close());

  /** Two clusters that both run the first commit well. */
  async function start(
    rollout?: Readonly<Record<string, unknown>>,
    forge?: Forge,
    isProtected = forge !== undefined,
  ): Promise<string> {
    const files = {
      "fleet.yaml": fleet(rollout),
      "apps/shop/application.yaml": applicationYaml("shop"),
      "apps/shop/settings.json": configMap("settings", { theme: "light" }),
    };
    stage = await createPipelineStage(files, { isProtected, ...(forge === undefined ? {} : { forge }) });
    for (const name of ["one", "two"]) await stage.addCluster(name, { environment: "prod" });
    connect();
    await stage.settle();
    const first = await stage.work.head();
    await told("one", first);
    say("one");
    await told("two", first);
    say("two");
    if (rollout !== undefined) await phase("done");
    return first;
  }

  interface Values {
    readonly environment: Readonly<Record<string, string>>;
    readonly clusters: Readonly<Record<string, Readonly<Record<string, string>>>>;
  }

  /** fleet.yaml on the trunk; the environment has a branch of its own. */
  const fleetWith = (values: Values, rollout: Readonly<Record<string, unknown>> = {}) =>
    JSON.stringify({
      apiVersion: "drover.dev/v1alpha1",
      kind: "Fleet",
      environments: [
        {
          name: "prod",
          branch: "env/prod",
          clusters: { matchLabels: { environment: "prod" } },
          values: values.environment,
          rollout: { waves, ...rollout },
        },
      ],
      clusters: Object.entries(values.clusters).map(([name, each]) => ({ name, values: each })),
    });

  async function startWithValues(values: Values, rollout?: Readonly<Record<string, unknown>>): Promise<string> {
    stage = await createPipelineStage({
      "fleet.yaml": fleetWith(values, rollout),
      "apps/shop/application.yaml": applicationYaml("shop", { substitute: {} }),
      "apps/shop/settings.json": configMap("settings", { size: "${size}", more: "${more:=}" }),
    });
    await stage.work.git("push", "--quiet", "origin", "HEAD:env/prod");
    for (const name of ["one", "two"]) await stage.addCluster(name, { environment: "prod" });
    connect();
    await stage.settle();
    const first = await stage.work.head();
    for (const name of ["one", "two"]) {
      await told(name, first);
      say(name);
    }
    await phase("done");
    return first;
  }

  function connect(): void {
    for (const name of ["one", "two"]) {
      stage.state.connected.add(name);
      stage.state.announce({ kind: "cluster", cluster: name });
    }
  }

  /** The cluster's agent reports on what it is offered. */
  function say(cluster: string, health: HealthState = "Healthy", message = ""): void {
    const header = stage.header(cluster, "prod");
    if (header === undefined) throw new Error(`Cluster "${cluster}" has no offer`);
    const { revision, generation } = header;
    const status: EnvironmentStatus = {
      revision,
      generation,
      appliedGeneration: generation,
      sync: "Synced",
      health,
      message,
    };
    const statuses = stage.state.statuses.get(cluster) ?? new Map<string, unknown>();
    stage.state.statuses.set(cluster, statuses.set(reportKey({ kind: "environment", environment: "prod" }), status));
    stage.state.announce({ kind: "environment", environment: "prod", cluster });
  }

  const revisions = () => ["one", "two"].map((name) => stage.header(name, "prod")?.revision);
  const told = (cluster: string, revision: string) =>
    until(`${cluster} to be told ${revision}`, () => stage.header(cluster, "prod")?.revision === revision || undefined);
  const run = () => stage.state.rollouts.get("prod")?.run;
  const partOf = (cluster: string) =>
    (stage.state.rollouts.get("prod")?.clusters.parts ?? []).flatMap((part) => part[cluster] ?? [])[0];
  const phase = (name: string) => until(`the rollout to be ${name}`, () => run()?.phase.name === name || undefined);
  const commit = (theme: string) =>
    stage.work.commit({ "apps/shop/settings.json": configMap("settings", { theme }) }, `Go ${theme}`);

  test("rule 12: clusters of later waves keep the old revision until their turn, also over a restart of the hub", async () => {
    const old = await start({ waves });
    const next = await commit("dark");
    await stage.settle();
    await expect.poll(revisions).toEqual([next, old]);
    const before = ["one", "two"].map((name) => stage.header(name, "prod"));

    await stage.restart();
    await stage.settle();
    connect();
    await expect.poll(() => ["one", "two"].map((name) => stage.header(name, "prod"))).toEqual(before);
    expect(stage.content("two", "prod")).toEqual({ shop: ["settings"] });
    say("one");
    await told("two", next);
    say("two");
    await phase("done");
  });

  test("rule 10: while everything is frozen no wave starts, also over a restart of the hub; the one that has started is finished", async () => {
    const old = await start({ waves });
    const next = await commit("dark");
    await stage.settle();
    await stage.freeze("year-end");
    await stage.settle();
    say("one");
    await phase("waiting");
    await stage.restart();
    connect();
    const newest = await commit("darker");
    await stage.settle();
    await until("the newest commit to wait", () => revisionOf(run()?.revision ?? "") === newest || undefined);
    expect([revisions(), run()?.phase.name, run()?.window?.reason]).toEqual([
      [next, old],
      "waiting",
      expect.stringMatching(/^everything is frozen by ann since .*: year-end$/),
    ]);
    await stage.unfreeze();
    await told("one", newest);
    expect(revisions()).toEqual([newest, old]);
  });

  test("an environment whose clusters all run the tip already is not rolled out again when it gets waves", async () => {
    const old = await start();
    await stage.work.commit({ "fleet.yaml": fleet({ waves, bake: "1h" }) }, "Waves from now on");
    await stage.settle();
    // The commit that brings the policy is the first to go through it; its content is the same.
    await expect.poll(() => revisionOf(stage.state.rollouts.get("prod")?.released ?? "")).toBe(old);
    const generations = ["one", "two"].map((name) => stage.header(name, "prod")?.generation);
    expect(generations).toEqual([1, 1]);
  });

  test.each([
    { title: "in waves", rollout: { waves: [{ name: "all", maxUnavailable: 2 }] } },
    { title: "at once", rollout: undefined },
  ])("a suspended cluster keeps what it has, also over a restart, and catches up ($title)", async ({ rollout }) => {
    const old = await start(rollout);
    const kept = stage.header("two", "prod");
    await stage.suspend("prod", "two", "maintenance");
    const next = await commit("dark");
    await stage.settle();
    await told("one", next);
    say("one");
    if (rollout !== undefined) await phase("done");
    await stage.restart();
    await stage.settle();
    connect();
    expect(revisions()).toEqual([next, old]);
    expect(stage.header("two", "prod")).toEqual(kept);
    // Its content is still there for an agent that lost its disk.
    expect(stage.content("two", "prod")).toEqual({ shop: ["settings"] });
    if (rollout !== undefined) {
      expect(partOf("two")).toMatchObject({
        phase: "debt",
        debt: "suspended",
        suspended: "ann: maintenance",
      });
    }
    await expect(stage.suspend("prod", "two", "again")).rejects.toThrow("It is suspended already, by ann");
    await stage.resume("prod", "two");
    await told("two", next);
    expect(stage.state.suspensions.size).toBe(0);
  });

  test("a change of values in fleet.yaml goes through the waves too, and can be told from a commit by nothing else", async () => {
    const values = (size: string, more: string) => ({ environment: { size }, clusters: { two: { more } } });
    const old = await startWithValues(values("s", "a"));
    const settings = () => ["one", "two"].map((name) => stage.data(name, "prod")["settings"]);
    const headers = () => ["one", "two"].map((name) => stage.header(name, "prod")?.generation);
    expect(settings()).toEqual([
      { size: "s", more: "" },
      { size: "s", more: "a" },
    ]);

    // The branch of the environment stays where it is.
    await stage.work.commit({ "fleet.yaml": fleetWith(values("m", "a")) }, "Grow");
    await stage.settle();
    await until("the first wave to be told", () => headers()[0] === 2 || undefined);
    expect([revisions(), headers()]).toEqual([
      [old, old],
      [2, 1],
    ]);
    expect(settings()).toEqual([
      { size: "m", more: "" },
      { size: "s", more: "a" },
    ]);

    // Also for a hub that only knows fleet.yaml as it is now.
    await stage.restart();
    await stage.settle();
    connect();
    expect(settings()).toEqual([
      { size: "m", more: "" },
      { size: "s", more: "a" },
    ]);
    expect(run()).toMatchObject({ manual: false, authors: ["Ada", "ada@example.com"] });
    say("one");
    await until("the second wave to be told", () => headers()[1] === 2 || undefined);
    say("two");
    await phase("done");
    expect([revisions(), headers()]).toEqual([
      [old, old],
      [2, 2],
    ]);

    // What concerns one cluster: the other one's content is the same, and counts as healthy as it is.
    await stage.work.commit({ "fleet.yaml": fleetWith(values("m", "b")) }, "Change two");
    await stage.settle();
    await until("the second wave to be told", () => headers()[1] === 3 || undefined);
    expect(headers()).toEqual([2, 3]);
    say("two");
    await phase("done");
    // A cluster that joins brings its own values, which is no release.
    const { id } = run() ?? {};
    const joined = values("m", "b");
    const three = { ...joined, clusters: { ...joined.clusters, three: { more: "c" } } };
    await stage.work.commit({ "fleet.yaml": fleetWith(three) }, "Expect three");
    await stage.addCluster("three", { environment: "prod" });
    await stage.settle();
    expect([run()?.id, stage.data("three", "prod")["settings"]]).toEqual([id, { size: "m", more: "c" }]);
  });

  test("a change of fleet.yaml that fails on a branch of its own stops, and says who has to take it back", async () => {
    const values = (size: string) => ({ environment: { size }, clusters: {} });
    await startWithValues(values("s"), { onFailure: "rollback" });
    await stage.work.commit({ "fleet.yaml": fleetWith(values("m"), { onFailure: "rollback" }) }, "Grow");
    await stage.settle();
    await until("the first wave to be told", () => stage.header("one", "prod")?.generation === 2 || undefined);
    say("one", "Degraded", "too large");
    await phase("paused");
    expect(run()?.phase).toMatchObject({
      cause: "failure",
      failed: "revert",
      reason: expect.stringContaining("what failed is a change of fleet.yaml, which only people take back") as string,
    });
    expect(stage.header("two", "prod")?.generation).toBe(1);
    await stage.work.commit({ "fleet.yaml": fleetWith(values("s"), { onFailure: "rollback" }) }, "Shrink");
    await stage.settle();
    // Nobody chose it for this environment, which is held since the failure.
    expect(stage.state.rollouts.get("prod")?.heldBack).toBeDefined();
    await stage.act("prod", "release", { actor: "ann", reason: "mended" });
    await until("the first to be told", () => stage.header("one", "prod")?.generation === 3 || undefined);
    say("one");
    await phase("done");
    // The other one has had these settings all the time.
    expect(stage.header("two", "prod")?.generation).toBe(1);
  });

  test("without its rollout, an environment goes to all clusters at once again", async () => {
    await start({ waves });
    await commit("dark");
    await stage.settle();
    const direct = await stage.work.commit({ "fleet.yaml": fleet() }, "No waves");
    await stage.settle();
    await expect.poll(revisions).toEqual([direct, direct]);
    await expect.poll(() => stage.state.rollouts.has("prod")).toBe(false);
  });

  test("rule 13: a failed wave is taken back by one commit, however often the hub dies on the way", async () => {
    const good = await start({ waves, onFailure: "rollback" });
    const bad = await commit("broken");
    await stage.settle();
    await told("one", bad);
    say("one", "Degraded", "shop: ConfigMap default/settings: broken");
    await until("the rollback", () => run()?.kind === "rollback" || undefined);
    await stage.settle();
    const back = revisionOf(run()?.revision ?? "");
    await expect.poll(revisions).toEqual([back, good]);
    expect(await stage.git.commit(back)).toMatchObject({
      parents: [bad],
      tree: (await stage.git.commit(good)).tree,
    });
    await stage.restart();
    connect();
    await stage.settle();
    expect(await stage.git.fetch()).toEqual(new Map([["main", back]]));
    await told("one", back);
    say("one");
    await phase("done");
    // The other one never had the bad content: the same generation stands for the revert.
    await told("two", back);
    expect(stage.header("two", "prod")).toMatchObject({ generation: 1 });
    await expect
      .poll(() => {
        const { released = "", quarantine = [], hold } = stage.state.rollouts.get("prod") ?? {};
        return [revisionOf(released), quarantine.map(({ revision }) => revisionOf(revision)), hold?.by];
      })
      .toEqual([back, [bad], "drover"]);
  });

  test("a protected branch: a pull request takes a failed wave back, opened once; its merge is known by its files", async () => {
    const forge = createMemoryForge();
    const good = await start({ waves, onFailure: "rollback" }, forge);
    const bad = await commit("broken");
    await stage.settle();
    await told("one", bad);
    say("one", "Degraded", "shop: ConfigMap default/settings: broken");
    const pending = "pull request https://forge.example/pulls/1 to be merged";
    const waits = () =>
      until("the rollout to wait", () => {
        const now = run()?.phase;
        return now?.name === "reverting" ? now.pending : undefined;
      });
    expect(await waits()).toBe(pending);
    const proposed = (await stage.git.fetch()).get("main-revert") ?? "";
    await stage.restart();
    connect();
    await stage.settle();
    expect(await waits()).toBe(pending);
    expect(forge.pulls).toMatchObject([
      {
        base: "main",
        head: "main-revert",
        title: `Revert to ${good.slice(0, 12)}: ${bad.slice(0, 12)} failed in prod`,
      },
    ]);
    expect(await stage.git.fetch()).toEqual(
      new Map([
        ["main", bad],
        ["main-revert", proposed],
      ]),
    );
    expect(revisions()).toEqual([bad, good]);

    await stage.work.git("fetch", "--quiet", "origin");
    await stage.work.git("merge", "--quiet", "--no-ff", "-m", "Merge #1", "origin/main-revert");
    await stage.work.push();
    await stage.settle();
    const merged = await stage.work.head();
    await told("one", merged);
    expect(run()?.kind).toBe("rollback");
    say("one");
    await phase("done");
    await told("two", merged);
    const { quarantine = [], hold } = stage.state.rollouts.get("prod") ?? {};
    expect([quarantine.map(({ revision }) => revisionOf(revision)), hold?.by]).toEqual([[bad], "drover"]);
  });

  const back = { reason: "too dark", actor: "ann" };

  async function mergeByHand(style: "--no-ff" | "--squash"): Promise<string> {
    await stage.work.git("fetch", "--quiet", "origin");
    await stage.work.git(
      "merge",
      "--quiet",
      style,
      "origin/main-revert",
      ...(style === "--no-ff" ? ["-m", "Merge #1"] : []),
    );
    if (style === "--squash") await stage.work.git("commit", "--quiet", "-m", "Something else (#1)");
    await stage.work.push();
    return stage.work.head();
  }

  const kept = () => {
    const { quarantine = [], hold } = stage.state.rollouts.get("prod") ?? {};
    return { quarantine: quarantine.map(({ revision }) => revisionOf(revision)), hold: hold?.reason };
  };

  test.each(["--no-ff", "--squash"] as const)(
    "rule 8: a rollback by hand of a protected branch waits as one pull request, stops what is under way, and is known by its files when it was merged with %s",
    async (style) => {
      const forge = createMemoryForge();
      const good = await start({ waves }, forge);
      const bad = await commit("dark");
      await stage.settle();
      await told("one", bad);
      const asked = await stage.rollback("prod", back);
      expect(asked).toEqual({
        ...{ environment: "prod", branch: "main", from: bad, moved: false },
        to: (await stage.git.fetch()).get("main-revert"),
        pullRequest: "https://forge.example/pulls/1",
      });
      const held = { quarantine: [bad], hold: "rolled back by ann: too dark" };
      expect(kept()).toEqual(held);
      expect(run()?.phase.name).toBe("aborted");
      expect(await stage.rollback("prod", back)).toEqual(asked);
      expect(forge.pulls).toMatchObject([{ base: "main", head: "main-revert", state: "open" }]);

      // Whoever loses every other memory of it.
      await stage.restart();
      connect();
      await stage.settle();
      expect(await stage.rollback("prod", back)).toEqual(asked);
      expect(kept()).toEqual(held);
      expect(revisions()).toEqual([bad, good]);

      const merged = await mergeByHand(style);
      await stage.settle();
      await told("one", merged);
      say("one");
      await told("two", merged);
      say("two");
      await phase("done");
      expect(kept()).toEqual(held);
      expect(await stage.history("prod")).toMatchObject([
        { kind: "rollback", from: bad, to: merged, commit: good, actor: "ann", reason: "too dark" },
      ]);

      // The same files again are somebody's choice.
      await stage.work.git("revert", "--no-edit", ...(style === "--no-ff" ? ["-m", "1"] : []), "HEAD");
      await stage.work.push();
      await stage.settle();
      await told("one", await stage.work.head());
      expect(kept()).toEqual({ quarantine: [], hold: undefined });
    },
  );

  test("without a forge the rollback of a protected branch says what to do, and nothing is held", async () => {
    const good = await start({ waves }, undefined, true);
    const bad = await commit("dark");
    await stage.settle();
    await told("one", bad);
    await expect(stage.rollback("prod", back)).rejects.toMatchObject({
      code: "PERMISSION_DENIED",
      message: `Cannot roll back "prod": protected branch; start the hub with --forge-token and it opens the pull request, or open one by hand after 'git switch --create main-revert origin/main && git read-tree -u --reset ${good} && git commit --message "Roll back prod to ${good.slice(0, 12)}" && git push origin main-revert'`,
    });
    expect(kept()).toEqual({ quarantine: [], hold: undefined });
    expect(run()?.phase.name).toBe("updating");
  });

  test("somebody else's commit on top of the failed one is not reverted over their heads", async () => {
    await start({ waves, onFailure: "rollback", onNewRevision: "queue" });
    const bad = await commit("broken");
    await stage.settle();
    await told("one", bad);
    const theirs = await commit("theirs");
    say("one", "Degraded", "broken");
    await phase("paused");
    expect(revisionOf(run()?.revision ?? "")).toBe(bad);
    expect(run()).toMatchObject({
      phase: { cause: "failure", reason: expect.stringContaining("has moved on to") as string },
    });
    expect((await stage.git.fetch()).get("main")).toBe(theirs);
  });
});
