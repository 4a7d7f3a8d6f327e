import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RolloutView } from "../../common/domain/index.ts";
import { administrator, type ControlPlane, startControlPlane } from "../controlplane/index.ts";
import { until } from "../programs/index.ts";
import { applicationYaml, fleetYaml } from "./files.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { playKubelet } from "./kubelet.ts";
import { writesOf } from "./live-objects.ts";

const controllers = ["deployment-controller", "replicaset-controller"];

const web = (image: string) =>
  `${JSON.stringify({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "default" },
    spec: {
      // The image that never starts is to be given up soon; a slow machine is not.
      progressDeadlineSeconds: image.includes("broken") ? 2 : 600,
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: { containers: [{ name: "web", image }] },
      },
    },
  })}\n`;

/** Three control planes: one canary, two others. */
describe("a rollout goes through the clusters of an environment in waves", () => {
  const names = ["canary-1", "prod-1", "prod-2"] as const;
  const planes = new Map<string, ControlPlane>();
  const kubelets: (() => Promise<void>)[] = [];
  let fleet: Fleet;

  const plane = (name: string) => {
    const found = planes.get(name);
    if (found === undefined) throw new Error(`No control plane "${name}"`);
    return found;
  };

  const fleetFile = (rollout: Readonly<Record<string, unknown>>) =>
    fleetYaml([{ name: "prod", branch: "main", labels: { environment: "prod" }, rollout }]);

  const waves = [
    { name: "canary", clusters: { matchLabels: { canary: "true" } } },
    { name: "rest", maxUnavailable: "100%" },
  ];

  beforeAll(async () => {
    await Promise.all(
      names.map(async (name) => planes.set(name, await startControlPlane({ controllers, auditedUser: administrator }))),
    );
    for (const name of names) kubelets.push(playKubelet(plane(name), (image) => !image.includes("broken")));
    const labels = (name: string) => ({ environment: "prod", ...(name === "canary-1" ? { canary: "true" } : {}) });
    fleet = await startFleet({
      clusters: Object.fromEntries(names.map((name) => [name, { plane: plane(name), labels: labels(name) }])),
      files: {
        "fleet.yaml": fleetFile({ waves, onFailure: "rollback" }),
        "apps/shop/application.yaml": applicationYaml("shop"),
        "apps/shop/web.json": web("web:1"),
      },
    });
    // Clusters that are still on their way would be left for later.
    await fleet.healthy("prod", await fleet.work.head());
  });

  afterAll(async () => {
    await fleet?.stop();
    for (const end of kubelets) await end();
    await Promise.all([...planes.values()].map((each) => each.stop()));
  });

  const rollout = async (): Promise<RolloutView> => {
    const [view] = await fleet.list("rollouts");
    if (view === undefined) throw new Error("No rollout");
    return view;
  };
  const reaches = (state: RolloutView["state"], revision: string) =>
    until(`the rollout of ${revision.slice(0, 8)} to be ${state}`, async () => {
      const view = await rollout();
      return view.revision === revision && view.state === state ? view : undefined;
    });
  const imageOn = async (name: string) => {
    const { text } = await plane(name).request({ path: "/apis/apps/v1/namespaces/default/deployments/web" });
    return (JSON.parse(text) as { spec?: { template: { spec: { containers: { image: string }[] } } } }).spec?.template
      .spec.containers[0]?.image;
  };
  const images = async () =>
    Object.fromEntries(await Promise.all(names.map(async (name) => [name, await imageOn(name)])));
  const push = (image: string) => fleet.work.commit({ "apps/shop/web.json": web(image) }, `Run ${image}`);

  test("a good change reaches the canary, then the rest", async () => {
    const first = await fleet.work.head();
    await reaches("done", first);
    const revision = await push("web:2");
    const done = await reaches("done", revision);
    expect(await images()).toEqual({ "canary-1": "web:2", "prod-1": "web:2", "prod-2": "web:2" });
    expect(done).toMatchObject({ released: revision, hold: null, quarantine: [] });
    expect(done.waves.map(({ name, state, clusters }) => [name, state, clusters.healthy])).toEqual([
      ["canary", "passed", 1],
      ["rest", "passed", 2],
    ]);
    await fleet.healthy("prod", revision);
    // In order: the rest was told after the canary was healthy.
    const log = fleet.hub.output();
    const told = (cluster: string) => log.lastIndexOf(`"cluster":"${cluster}","environment":"prod","generation":2`);
    expect(told("canary-1")).toBeLessThan(Math.min(told("prod-1"), told("prod-2")));
  });

  test("a change whose canary never starts stops there, and is taken back by a commit", async () => {
    const good = await fleet.work.head();
    const before = [writesOf(plane("prod-1")), writesOf(plane("prod-2"))];
    const bad = await push("web:broken");
    const back = await until("the rollback to be done", async () => {
      const view = await rollout();
      return view.kind === "rollback" && view.state === "done" ? view : undefined;
    });
    expect(await images()).toEqual({ "canary-1": "web:2", "prod-1": "web:2", "prod-2": "web:2" });

    const tip = back.revision ?? "";
    await fleet.work.git("fetch", "--quiet", "origin");
    expect(await fleet.work.git("rev-parse", "origin/main", `${tip}^`, `${tip}^{tree}`)).toBe(
      [tip, bad, await fleet.work.git("rev-parse", `${good}^{tree}`)].join("\n"),
    );
    expect(await fleet.work.git("log", "-1", "--format=%an%n%(trailers:only,unfold)", tip)).toBe(
      `Drover\nDrover-Reverts: ${bad}\nDrover-Tree-Of: ${good}\nDrover-Environment: prod`,
    );
    expect(back.quarantine).toMatchObject([{ revision: bad }]);
    expect(back.hold?.reason).toContain("canary-1");
    expect(back.hold?.reason).toContain("shop: Deployment default/web: ");
    await fleet.healthy("prod", tip);
    // The others never heard of the bad change: not one write.
    expect([writesOf(plane("prod-1")), writesOf(plane("prod-2"))]).toEqual(before);
    const [environment] = await fleet.list("environments");
    expect(environment?.hold).toBe(back.hold?.reason);
    await fleet.work.git("pull", "--quiet");
  });

  test("a hub that is killed in the middle goes on where it was", async () => {
    const gate = { gates: { go: { approval: {} } } };
    const gated = [waves[0], { ...waves[1], before: ["go"] }];
    await fleet.work.commit({ "fleet.yaml": fleetFile({ waves: gated, onFailure: "rollback", ...gate }) }, "Ask first");
    const revision = await push("web:3");
    const held = await until("the approval to be waited for", async () => {
      const view = await rollout();
      return view.revision === revision && view.gates.some(({ name, state }) => name === "go" && state === "running")
        ? view
        : undefined;
    });
    expect(held).toMatchObject({
      state: "waiting",
      wave: "rest",
      message: 'gate "go" (0 of 1 approvals) before wave "rest"',
    });
    expect(await images()).toEqual({ "canary-1": "web:3", "prod-1": "web:2", "prod-2": "web:2" });
    const before = names.map((name) => writesOf(plane(name)));

    const tokenOf = async (name: string) => {
      const { stdout } = await fleet.drover("token", "create", name, "-o", "json");
      return (JSON.parse(stdout) as { readonly token: string }).token;
    };
    const [author, ann] = [await tokenOf("ada@example.com"), await tokenOf("ann")];
    await fleet.hub.kill();
    await fleet.hub.start();
    await until("all to be connected", async () => {
      const clusters = await fleet.list("clusters");
      return clusters.length === 3 && clusters.every(({ connected }) => connected) ? true : undefined;
    });
    const again = await until("the rollout to be known", async () => (await fleet.list("rollouts"))[0]);
    expect(again).toMatchObject({ state: "waiting", wave: "rest", revision, startedAt: held.startedAt });
    expect(names.map((name) => writesOf(plane(name)))).toEqual(before);

    // People are who their tokens say, and nobody approves what they wrote.
    const approveWith = (token: string) => fleet.droverAs(token, "approve", "prod");
    const refused = await approveWith(author);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      `Error: ada@example.com wrote or promoted ${revision}: somebody else has to approve it\n`,
    ]);
    expect((await approveWith(ann)).code).toBe(0);
    const done = await reaches("done", revision);
    expect(done.gates).toMatchObject([{ name: "go", state: "passed", approvedBy: ["ann"] }]);
    expect(await images()).toEqual({ "canary-1": "web:3", "prod-1": "web:3", "prod-2": "web:3" });
  });

  test("people pause it, resume it, and see why it stands", async () => {
    const paused = await fleet.drover("rollout", "pause", "prod", "--reason", "lunch");
    expect([paused.code, paused.stderr]).toEqual([0, "Paused prod; 'drover rollout status prod' shows how it goes\n"]);
    // Nothing was under way: the environment is held.
    expect((await rollout()).hold).toMatchObject({ by: "admin", reason: "lunch" });
    expect((await fleet.drover("rollout", "resume", "prod")).code).toBe(0);
    expect((await rollout()).hold).toBeNull();

    const revision = await push("web:4");
    await until("the approval to be waited for", async () => {
      const view = await rollout();
      return view.revision === revision && view.gates.some(({ state }) => state === "running") ? view : undefined;
    });
    expect((await fleet.drover("rollout", "pause", "prod", "--reason", "incident 7")).code).toBe(0);
    const status = await fleet.drover("rollout", "status", "prod");
    expect(status.stdout).toContain("prod: paused by admin: incident 7");
    expect(status.stdout).toContain("  canary: passed, 1/1 healthy");
    expect(status.stdout).toContain("paused by admin: incident 7");
    const refused = await fleet.drover("rollout", "pause", "prod");
    expect([refused.code, refused.stderr]).toEqual([1, "Error: it is paused already, by admin\n"]);
    expect((await fleet.drover("rollout", "skip-wave", "prod")).code).toBe(2);

    expect((await fleet.drover("rollout", "resume", "prod")).code).toBe(0);
    await until("it to be approved", async () =>
      (await fleet.drover("approve", "prod")).code === 0 ? true : undefined,
    );
    await reaches("done", revision);
  });

  test("rollback brings the last release back by a commit, and holds the environment", async () => {
    await fleet.work.git("fetch", "--quiet", "origin");
    const tip = await fleet.work.git("rev-parse", "origin/main");
    const { released, past } = await rollout();
    expect(released).toBe(tip);
    const before =
      past.filter(({ outcome, revision }) => outcome === "done" && revision !== tip).at(-1)?.revision ?? "";
    const answer = await fleet.drover("rollback", "prod", "--reason", "too slow", "-o", "json");
    const { to } = JSON.parse(answer.stdout) as { to: string };
    await until("it to be approved", async () =>
      (await fleet.drover("approve", "prod")).code === 0 ? true : undefined,
    );
    await reaches("done", to);
    await fleet.work.git("pull", "--quiet");
    expect(await fleet.work.git("rev-parse", `${to}^`, `${to}^{tree}`)).toBe(
      `${tip}\n${await fleet.work.git("rev-parse", `${before}^{tree}`)}`,
    );
    expect(await images()).toEqual({ "canary-1": "web:3", "prod-1": "web:3", "prod-2": "web:3" });
    expect((await rollout()).hold?.reason).toBe("rolled back by admin: too slow");
    expect((await fleet.drover("release", "prod")).code).toBe(0);
    expect((await rollout()).hold).toBeNull();
    const plan = await fleet.drover("rollout", "plan", "prod", "--revision", tip.slice(0, 10));
    expect(plan.stdout).toBe(
      `prod ${tip.slice(0, 8)}: 3 clusters in 2 waves, about 2 min\n  canary: canary-1 (1 at a time)\n  rest: prod-1, prod-2 (2 at a time; before it: go)\n${tip.slice(0, 12)} is quarantined: rolled back by admin: too slow\n`,
    );
  });
});
