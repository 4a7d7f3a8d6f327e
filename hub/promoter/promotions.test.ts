import { expect, test } from "vitest";
import {
  type ClusterView,
  defaultPromotion,
  defaultRolloutPolicy,
  digestOf,
  type PromotionCheck,
  type PromotionPolicy,
} from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import { silentLogger } from "../../common/telemetry/index.ts";
import { createMemoryForge } from "../../test/fakes/memory-forge.ts";
import { createMemoryStore } from "../../test/fakes/memory-store.ts";
import { seeded } from "../../test/fakes/seeded.ts";
import { createFleetState, type FleetState } from "../desk/index.ts";
import { createLedger } from "../ledger/index.ts";
import type { Commit, Forge, GitSource, RefMove } from "../ports.ts";
import type { RolloutState } from "../rollout/index.ts";
import { createFreezes } from "./freezes.ts";
import { createPromotions, type Promotions } from "./promotions.ts";

const smoke: PromotionCheck = {
  name: "smoke",
  gate: { type: "http", url: "http://shop", status: 200, timeoutMs: 1_000, attempts: 2, intervalMs: 500 },
  recheckMs: 4_000,
};
const policies: Readonly<Record<"staging" | "eu" | "prod", PromotionPolicy>> = {
  staging: { ...defaultPromotion, mode: "auto", soakMs: 2_000 },
  eu: { ...defaultPromotion, mode: "auto" },
  prod: { ...defaultPromotion, mode: "auto", soakMs: 1_000, approvals: 1, checks: [smoke] },
};
const names = ["dev", "staging", "eu", "prod"] as const;
const upstreamsOf = { dev: [], staging: ["dev"], eu: ["dev"], prod: ["staging", "eu"] } as const;
const branchOf = (name: string) => (name === "dev" ? "main" : `env/${name}`);
const hash = (number: number) => String(number).padStart(40, "0");
const numberOf = (commit: string) => Number.parseInt(commit, 10);

/** A trunk, four environments of one cluster each, two of them side by side, and hubs that come and go. What a commit does to a cluster is in its number. */
function createWorld(random: () => number, isNoteRefused = () => false, forge?: Forge) {
  let now = 1_000_000;
  let newest = 0;
  const bad = new Set<number>();
  const branches = new Map<string, string>();
  const moves: {
    readonly branch: string;
    readonly from: number;
    readonly to: number;
    readonly isFrozen: boolean;
    readonly isUnasked: boolean;
    readonly isHeld: boolean;
    readonly isChecked: boolean;
  }[] = [];
  /** Number of the commit that each environment's cluster runs well; unlike the branch while it is applying or unwell. */
  const runs = new Map<string, { commit: number; well: boolean; connected: boolean }>();
  const hand = { takenBack: false, isByHand: false };
  /** Commits that the check of prod let through. */
  const checked = new Set<string>();
  /** What somebody was told is frozen. */
  const frozen = new Set<string>();
  /** Happens once, between what a promotion has judged and its push. */
  const meanwhile: { before?: "push" | "second push"; work: () => Promise<unknown> } = { work: async () => undefined };
  const happens = async (before: "push" | "second push") => {
    if (meanwhile.before !== before) return;
    delete meanwhile.before;
    await meanwhile.work();
  };
  /** What fleet.yaml says now instead. */
  const edited: Partial<Record<(typeof names)[number], Partial<PromotionPolicy>>> = {};
  /** Holds as each hub sees them, and those that somebody was told of. */
  const holds = new Map<string, RolloutState["hold"]>();
  const held = new Set<string>();
  const states = new Set<FleetState>();
  /** Who asked for which commit by its name: "env/staging 7". */
  const asked = new Map<string, Set<string>>();
  let store = createMemoryStore();
  /** Every state that the notes were in, and those that were made but not pushed. */
  const notes: { readonly name: string; readonly texts: ReadonlyMap<string, string> }[] = [];
  const drafts = new Map<string, ReadonlyMap<string, string>>();
  let made = 0;
  const notesAt = (tip: string | undefined) => drafts.get(tip ?? "") ?? new Map<string, string>();
  const pushNotes = ({ from, to }: RefMove) => {
    if (from !== notes.at(-1)?.name) throw new AppError("ABORTED", "somebody was faster");
    notes.push({ name: to, texts: notesAt(to) });
  };
  const commitOf = (number: number): Commit => ({
    revision: hash(number),
    tree: hash(1_000_000 + number),
    parents: number === 1 ? [] : [hash(number - 1)],
    author: { name: "", email: "ann@example.com", at: "" },
    message: "",
  });
  const git: GitSource = {
    fetch: async () => branches,
    branches: () => branches,
    tree: async () => [],
    blobs: async () => [],
    commit: async (revision) => commitOf(numberOf(revision)),
    log: async (revision) =>
      Array.from({ length: numberOf(revision) }, (_, index) => commitOf(numberOf(revision) - index)),
    isAncestor: async (ancestor, descendant) => numberOf(ancestor) <= numberOf(descendant),
    signature: async () => undefined,
    makeCommit: async ({ treeOf }) => (typeof treeOf === "string" ? treeOf : ""),
    async push(branch, { from, to }, { notes: noted } = {}) {
      if (random() < 0.1) throw new AppError("UNAVAILABLE", "the forge is down");
      if (noted !== undefined && isNoteRefused()) {
        await happens("second push");
        throw new AppError("PERMISSION_DENIED", "no notes today");
      }
      if (branches.get(branch) !== from) throw new AppError("ABORTED", "somebody was faster");
      if (noted !== undefined) pushNotes(noted);
      const isFrozen = frozen.has("*") || frozen.has(branch);
      const isUnasked = branch === "env/eu" && hand.takenBack && !hand.isByHand;
      // Nobody asks for others by name, and who does goes past it.
      const isHeld = held.has(branch) && !(branch === "env/staging" && asked.has(`${branch} ${numberOf(to)}`));
      moves.push({
        branch,
        from: numberOf(from ?? "0"),
        to: numberOf(to),
        isFrozen,
        isUnasked,
        isHeld,
        isChecked: checked.has(to),
      });
      branches.set(branch, to);
      // The answer may be lost although the push arrived.
      if (random() < 0.1) throw new AppError("UNAVAILABLE", "the connection broke");
    },
    notes: {
      tip: () => notes.at(-1)?.name,
      read: async (tip, revisions) => revisions.map((each) => notesAt(tip).get(each)),
      async make({ on, texts }) {
        await happens("push");
        made++;
        drafts.set(hash(made), new Map([...notesAt(on), ...texts]));
        return hash(made);
      },
      async push(move) {
        if (random() < 0.2) throw new AppError("UNAVAILABLE", "the forge is down");
        pushNotes(move);
        if (random() < 0.1) throw new AppError("UNAVAILABLE", "the connection broke");
      },
    },
    // For rendered branches only, of which there are none here.
    hydrationNotes: {
      tip: () => undefined,
      read: async () => [],
      make: async () => "",
      push: async () => undefined,
    },
    close: async () => undefined,
  };

  function push(isBad: boolean): void {
    newest++;
    if (isBad) bad.add(newest);
    branches.set("main", hash(newest));
  }

  /** What a hub that has read Git knows; `rollouts`: what is held or quarantined. */
  function openHub(rollouts: Readonly<Record<string, Pick<RolloutState, "quarantine" | "hold">>> = {}): Promotions {
    const state = createFleetState();
    states.add(state);
    for (const [name, hold] of holds) show(state, name, hold);
    for (const [name, rollout] of Object.entries(rollouts)) state.rollouts.set(name, rollout as RolloutState);
    const refresh = () => {
      for (const name of names) {
        const revision = branches.get(branchOf(name));
        const environment = {
          name,
          branch: branchOf(name),
          from: upstreamsOf[name],
          clusters: { matchLabels: {}, matchExpressions: [] },
          values: {},
          guards: { maxDeletes: undefined, allowEmpty: false },
          promotion: name === "dev" ? undefined : { ...policies[name], ...edited[name] },
          rollout: defaultRolloutPolicy,
        };
        state.environments.set(name, {
          environment,
          revision,
          pending: undefined,
          applications: new Map(),
          problems: [],
        });
        const header = { digest: revision ?? "" };
        state.offers.set(name, new Map([[name, { header } as never]]));
      }
    };
    refresh();
    const clusters = ({ environment = "" }): readonly ClusterView[] => {
      const { commit, well, connected } = runs.get(environment) ?? { commit: 0, well: false, connected: false };
      const view = {
        name: environment,
        revision: hash(commit),
        generation: 1,
        drifted: 0,
        message: "",
        suspended: null,
      };
      const health = well ? "Healthy" : "Degraded";
      return [
        {
          ...{ name: environment, labels: {}, connected, lastSeen: null, agentVersion: "", kubernetesVersion: "" },
          identity: "active",
          environments: [{ ...view, sync: "Synced", health }],
        },
      ];
    };
    const clock = { now: () => now, sleep: async () => undefined };
    const log = silentLogger();
    const freezes = createFreezes({ state, store, clock, log, changed: () => undefined });
    const identity = { name: "Drover", email: "drover@localhost" };
    const seals = {
      seal: (text: string) => digestOf(text),
      isSealed: (text: string, seal: string) => digestOf(text) === seal,
    };
    const promotions = createPromotions({
      ...{ state, git, store, freezes, trunk: "main", clusters, clock, log, identity },
      renderer: { render: async () => [] },
      ledger: createLedger({ git, seals, identity, clock, log }),
      ...{ forge, link: () => undefined, wake: () => undefined, notify: async () => undefined },
      requestFetch: async () => refresh(),
      signal: new AbortController().signal,
      async checkGate({ revision }) {
        const isFine = random() < 0.7;
        if (isFine) checked.add(revision);
        return { verdict: isFine ? "passed" : "failed", message: "" };
      },
    });
    return { ...promotions, look: (name) => (refresh(), promotions.look(name)) };
  }

  function show(state: FleetState, name: string, hold: RolloutState["hold"]): void {
    state.rollouts.set(name, { hold, quarantine: [] as RolloutState["quarantine"] } as RolloutState);
  }

  return {
    asked,
    held,
    /** As the driver of its rollouts shows it, in all hubs; undefined: no more. */
    hold(name: string, hold: RolloutState["hold"]) {
      if (hold === undefined) held.delete(branchOf(name));
      holds.set(name, hold);
      for (const state of states) show(state, name, hold);
    },
    get takenBack() {
      return hand.takenBack;
    },
    set takenBack(is: boolean) {
      hand.takenBack = is;
    },
    set isByHand(is: boolean) {
      hand.isByHand = is;
    },
    meanwhile,
    edited,
    branches,
    bad,
    frozen,
    moves,
    runs,
    openHub,
    push,
    get newest() {
      return newest;
    },
    pass(ms: number) {
      now += ms;
    },
    /** Freezes are nowhere else. */
    loseDatabase() {
      store = createMemoryStore();
      frozen.clear();
      held.clear();
      holds.clear();
      states.clear();
      hand.takenBack = false;
    },
    /** The agent of an environment does what its branch says. */
    apply(name: string) {
      const commit = numberOf(branches.get(branchOf(name)) ?? "0");
      runs.set(name, { commit, well: commit > 0 && !bad.has(commit), connected: true });
    },
  };
}

async function history(seed: number): Promise<void> {
  const random = seeded(seed);
  // What a forge refuses to note is in the database alone: only one of the two may fail for good.
  const mayLoseDatabase = seed % 2 === 0;
  const world = createWorld(random, () => !mayLoseDatabase && random() < 0.3);
  const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)] as T;
  const approved = new Set<number>();
  /** Commits that were seen well in an environment. */
  const seenWell = new Map<string, Set<number>>(names.map((name) => [name, new Set()]));
  world.push(false);
  let hubs = [world.openHub(), world.openHub()];
  for (const hub of hubs) await hub.load();

  const see = () => {
    for (const name of names) {
      const run = world.runs.get(name);
      if (run?.well === true && run.connected) seenWell.get(name)?.add(run.commit);
    }
  };
  const look = async (hub: Promotions) => {
    see();
    for (const name of names.slice(1)) await hub.look(name).catch(() => undefined);
  };
  const approve = async (hub: Promotions) => {
    const given = await hub.approve("prod", { actor: "ben" }).catch(() => undefined);
    if (given === undefined) return;
    approved.add(numberOf(given.revision));
    const shown = hub.views({ environment: "prod" })[0];
    if (shown?.candidate === given.revision)
      expect([seed, shown.gates.find(({ name }) => name === "approvals")?.state]).toEqual([seed, "passed"]);
  };
  const freeze = async (hub: Promotions, name: string | undefined) => {
    see();
    await hub.freeze(name, { reason: "holiday", actor: "ann" });
    world.frozen.add(name === undefined ? "*" : branchOf(name));
  };
  const unfreeze = async (hub: Promotions, name: string | undefined) => {
    see();
    world.frozen.delete(name === undefined ? "*" : branchOf(name));
    await hub.unfreeze(name, { reason: "", actor: "ann" }).catch(() => undefined);
  };
  /** Somebody forces a branch back; until a person promotes again, nothing else moves it. */
  const takeBack = async (hub: Promotions) => {
    const tip = () => world.branches.get(branchOf("eu"));
    const isSeen = await look(hub).then(
      () => hub.views({ environment: "eu" })[0]?.running === tip(),
      () => false,
    );
    const number = numberOf(tip() ?? "0");
    // What nobody has seen was never there.
    if (!isSeen || number < 2 || world.takenBack) return;
    world.branches.set(branchOf("eu"), hash(1 + Math.floor(random() * (number - 1))));
    world.takenBack = true;
  };
  const takeForward = async (hub: Promotions) => {
    see();
    const request = { actor: "ann", waitMs: 0, emergency: false, reason: "" };
    const before = world.branches.get(branchOf("eu"));
    world.isByHand = true;
    await hub.promote("eu", request).catch(() => undefined);
    world.isByHand = false;
    if (world.branches.get(branchOf("eu")) !== before) world.takenBack = false;
  };
  const hold = async (name: (typeof names)[number], turns = 0) => {
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    see();
    world.hold(name, { by: "ann", reason: "holiday", since: 0 });
    await Promise.all(hubs.map((hub) => hub.unmoved()));
    world.held.add(branchOf(name));
  };
  const release = (name: (typeof names)[number]) => {
    see();
    world.hold(name, undefined);
  };
  /** Two people name commits at the same moment, while automation looks: one of the three moves the branch first. */
  const askTogether = async () => {
    see();
    const branch = branchOf("staging");
    const ask = async (actor: string) => {
      const number = 1 + Math.floor(random() * world.newest);
      const key = `${branch} ${number}`;
      world.asked.set(key, new Set([...(world.asked.get(key) ?? []), actor]));
      const request = { actor, revision: hash(number), waitMs: 0, emergency: false, reason: "" };
      await pick(hubs)
        .promote("staging", request)
        .catch(() => undefined);
    };
    await Promise.all([ask("ann"), ask("ben"), ...(random() < 0.5 ? [look(pick(hubs))] : [])]);
  };
  /** Two approve, at two hubs perhaps, and a new commit comes: neither is lost, and none is for another commit. */
  const approveTogether = async () => {
    const given = await Promise.all([
      ...["ben", "cleo"].map((actor) =>
        pick(hubs)
          .approve("prod", { actor })
          .catch(() => undefined),
      ),
      look(pick(hubs)).then(() => undefined),
      Promise.resolve().then(() => void (random() < 0.5 && world.push(random() < 0.3))),
    ]);
    for (const each of given) if (each !== undefined) approved.add(numberOf(each.revision));
    const [ben, cleo] = given;
    if (ben === undefined || ben.revision !== cleo?.revision) return;
    const hub = pick(hubs);
    await look(hub);
    const shown = hub.views({ environment: "prod" })[0];
    if (shown?.candidate !== ben.revision) return;
    const names = shown.approvals.map(({ actor }) => actor);
    expect([seed, new Set(names)]).toEqual([seed, new Set(["ben", "cleo"])]);
  };
  const frozenParts = [undefined, "staging", "eu", "prod"] as const;
  const steps: readonly (() => unknown)[] = [
    () => takeBack(pick(hubs)),
    () => takeForward(pick(hubs)),
    () => freeze(pick(hubs), pick(frozenParts)),
    () => unfreeze(pick(hubs), pick(frozenParts)),
    () => Promise.all([look(pick(hubs)), freeze(pick(hubs), pick(frozenParts))]),
    () => Promise.all(frozenParts.map((name) => unfreeze(pick(hubs), name))),
    () => world.push(random() < 0.3),
    () => world.apply(pick(names)),
    () => names.forEach(world.apply),
    () => names.forEach(world.apply),
    () => world.pass(Math.floor(random() * 3_000)),
    () => world.pass(2_000),
    () => look(pick(hubs)),
    () => look(pick(hubs)),
    () => Promise.all(hubs.map(look)),
    () => approve(pick(hubs)),
    () => approveTogether(),
    () => askTogether(),
    () => hold(pick(["staging", "prod"] as const)),
    () => Promise.all([look(pick(hubs)), hold(pick(["staging", "prod"] as const), Math.floor(random() * 400))]),
    () => ["staging" as const, "prod" as const].forEach(release),
    () => {
      const run = world.runs.get(pick(names));
      if (run !== undefined) run.connected = random() < 0.5;
    },
    async () => {
      const fresh = world.openHub();
      await fresh.load();
      hubs = [fresh, hubs[0] as Promotions];
    },
    async () => {
      if (!mayLoseDatabase) return;
      world.loseDatabase();
      hubs = [world.openHub(), world.openHub()];
      for (const hub of hubs) await hub.load();
    },
  ];
  for (let step = 0; step < 50; step++) await pick(steps)();

  // Left in peace, with a good commit at the end and everybody there, it arrives everywhere.
  world.push(false);
  const last = world.newest;
  const [hub] = hubs as [Promotions];
  for (const name of frozenParts) await unfreeze(hub, name);
  for (const name of ["staging", "prod"] as const) release(name);
  const isDone = () => names.every((name) => world.branches.get(branchOf(name)) === hash(last));
  for (let round = 0; round < 30 && !isDone(); round++) {
    for (const name of names) world.apply(name);
    world.pass(1_500);
    await look(hub);
    await approve(hub);
    if (world.takenBack) await takeForward(hub);
  }
  // The answer to the last push may have been lost: the next look finds out.
  await look(hub);
  expect([seed, ...names.map((name) => numberOf(world.branches.get(branchOf(name)) ?? "0"))]).toEqual([
    ...[seed, last, last, last, last],
  ]);
  for (const { branch, from, to, isFrozen, isUnasked, isHeld, isChecked } of world.moves) {
    const upstreams = upstreamsOf[branch.slice("env/".length) as (typeof names)[number]];
    const wasSeenWell = upstreams.every((upstream) => seenWell.get(upstream)?.has(to) === true);
    // Who names a commit takes it as it is.
    const isFine = world.asked.has(`${branch} ${to}`) || (!world.bad.has(to) && wasSeenWell);
    expect([seed, branch, from < to, isFine, isFrozen, isUnasked, isHeld]).toEqual([
      ...[seed, branch, true, true, false, false, false],
    ]);
    if (branch === "env/prod") expect([seed, to, approved.has(to), isChecked]).toEqual([seed, to, true, true]);
  }
  // What was forced away may be promoted again, and with the branch its record may be gone from Git.
  const kept = world.moves.filter(({ branch }) => branch !== "env/eu");
  expect(new Set(kept.map(({ branch, to }) => `${branch} ${to}`)).size).toBe(kept.length);
  const recorded = (...environments: readonly string[]) =>
    environments.flatMap(hub.history).map(({ environment, to }) => `${environment} ${to}`);
  const moved = (moves: typeof world.moves) =>
    moves.map(({ branch, to }) => `${branch.slice("env/".length)} ${hash(to)}`);
  expect([seed, recorded("staging", "prod").toSorted()]).toEqual([seed, moved(kept).toSorted()]);
  for (const { to, actor } of hub.history("staging")) {
    const asked = world.asked.get(`${branchOf("staging")} ${numberOf(to)}`) ?? new Set();
    expect([seed, to, actor === "drover" || asked.has(actor)]).toEqual([seed, to, true]);
  }
  expect([seed, recorded("eu").filter((each) => !moved(world.moves).includes(each))]).toEqual([seed, []]);
}

test("rule 18: approvals and history outlive the database, word for word; the soak begins again", async () => {
  const world = createWorld(() => 0.5);
  const before = world.openHub();
  await before.load();
  const look = async (hub: Promotions) => {
    for (const name of names.slice(1)) await hub.look(name);
  };
  const settle = async (hub: Promotions) => {
    for (let round = 0; round < 3; round++) {
      names.forEach(world.apply);
      await look(hub);
      world.pass(2_500);
    }
  };
  world.push(false);
  await settle(before);
  await before.approve("prod", { actor: "ben" });
  await settle(before);
  world.push(false);
  await settle(before);
  await before.approve("prod", { actor: "cleo" });
  const histories = (hub: Promotions) => names.map((name) => hub.history(name));
  expect(histories(before).map(({ length }) => length)).toEqual([0, 2, 2, 1]);

  world.loseDatabase();
  const after = world.openHub();
  await after.load();
  expect(histories(after)).toEqual([[], [], [], []]);
  await look(after);
  expect(histories(after)).toEqual(histories(before));
  expect(after.views({ environment: "prod" })).toMatchObject([
    { candidate: hash(2), state: "waiting", approvals: [{ actor: "cleo" }] },
  ]);
  await settle(after);
  expect(world.moves.map(({ branch, to }) => `${branch} ${to}`)).toEqual([
    ...["env/eu 1", "env/staging 1", "env/prod 1", "env/eu 2", "env/staging 2", "env/prod 2"],
  ]);
  expect(after.history("prod")[0]?.proof).toContain("approvals: Approved by cleo");
});

/** All environments run the first commit, and one hub watches them. */
async function settled(
  rollouts?: Parameters<ReturnType<typeof createWorld>["openHub"]>[0],
  { isNoteRefused = false, forge }: { readonly isNoteRefused?: boolean; readonly forge?: Forge } = {},
) {
  const world = createWorld(
    () => 0.5,
    () => isNoteRefused,
    forge,
  );
  const hub = world.openHub(rollouts);
  await hub.load();
  const look = async () => {
    for (const name of names.slice(1)) await hub.look(name);
  };
  /** Time for every soak, at the end of which everybody runs what they were told. */
  const soak = async () => {
    await look();
    world.pass(2_500);
    await look();
    names.forEach(world.apply);
  };
  world.push(false);
  names.forEach(world.apply);
  await soak();
  await soak();
  if (rollouts === undefined) await hub.approve("prod", { actor: "ben" });
  await soak();
  const at = () => names.map((name) => numberOf(world.branches.get(branchOf(name)) ?? "0"));
  const candidate = (environment: string) => numberOf(hub.views({ environment })[0]?.candidate ?? "0");
  return { world, hub, soak, at, candidate };
}
const byAnn = { reason: "holiday", actor: "ann" };

test("rule 7: what was proven goes on while newer commits are ill upstream, with several upstreams once all have proven it", async () => {
  const { world, hub, soak, at, candidate } = await settled();
  expect(at()).toEqual([1, 1, 1, 1]);
  await hub.freeze("eu", byAnn);
  world.push(false);
  world.apply("dev");
  await soak();
  expect(at()).toEqual([2, 2, 1, 1]);
  world.push(true);
  world.apply("dev");
  await hub.unfreeze("eu", byAnn);
  await soak();
  expect(at()).toEqual([3, 2, 2, 1]);
  await soak();

  // "eu" finishes with what "staging" never gets: "prod" takes what both have finished with.
  await hub.freeze("staging", byAnn);
  world.push(false);
  world.apply("dev");
  await soak();
  await soak();
  expect([at(), candidate("prod")]).toEqual([[4, 2, 4, 1], 2]);
  await hub.approve("prod", { actor: "ben" });
  await soak();
  expect(at()).toEqual([4, 2, 4, 2]);
});

test("rule 15: a hotfix needs somebody's explicit approval, also where none is asked for, and is recorded as a bypass", async () => {
  const { hub, at } = await settled();
  const request = { actor: "cleo", revision: hash(99), waitMs: 0, emergency: false, reason: "outage" };
  await expect(hub.promote("eu", request)).rejects.toMatchObject({
    code: "FAILED_PRECONDITION",
    message: expect.stringMatching(/approvals: 0 of 1 approvals: the trunk does not have it, .*explicit approval/),
  });
  await hub.approve("eu", { actor: "ben", revision: hash(99) });
  await hub.promote("eu", request);
  expect(at()).toEqual([1, 1, 99, 1]);
  expect(hub.history("eu")[0]).toMatchObject({
    ...{ actor: "cleo", reason: "outage", to: hash(99) },
    bypassed: [expect.stringMatching(/^upstream: /)],
  });
});

test("rule 9: nobody approves their own commit, however they write their name", async () => {
  const { world, hub, soak } = await settled();
  world.push(false);
  world.apply("dev");
  await soak();
  for (const actor of ["ann@example.com", "Ann@Example.com"]) {
    await expect(hub.approve("prod", { actor })).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
  }
});

test("rule 3: each gate is asked, and all of them are shown", async () => {
  const { world, hub, soak } = await settled();
  world.push(false);
  names.forEach(world.apply);
  await soak();
  await soak();
  const [shown] = hub.views({ environment: "prod" });
  expect(shown?.gates.map(({ name, state }) => `${name} ${state}`)).toEqual([
    ...["upstream/staging passed", "soak/staging passed", "upstream/eu passed", "soak/eu passed"],
    ...["freeze passed", "window passed", "approvals waiting", "hold passed", "line passed", "check/smoke waiting"],
  ]);
});

test.each([
  ["push", false],
  ["second push", true],
] as const)(
  "rule 10: what was frozen before its %s does not move, whatever was judged before",
  async (before, isNoteRefused) => {
    const { world, hub, at } = await settled(undefined, { isNoteRefused });
    const other = world.openHub();
    await other.load();
    world.push(false);
    world.apply("dev");
    Object.assign(world.meanwhile, { before, work: () => other.freeze("eu", byAnn) });
    await expect(hub.look("eu")).rejects.toMatchObject({
      code: "FAILED_PRECONDITION",
      message: expect.stringMatching(/^Cannot promote into "eu": freeze: "eu" is frozen by ann/),
    });
    expect([world.meanwhile.before, at()]).toEqual([undefined, [2, 1, 1, 1]]);
    await hub.unfreeze("eu", byAnn);
    await hub.look("eu");
    expect(at()).toEqual([2, 1, 2, 1]);
  },
);

test("rule 10: what was frozen before the forge is asked to merge is not merged", async () => {
  const merged: number[] = [];
  const memory = createMemoryForge();
  let freeze: (() => Promise<unknown>) | undefined;
  const forge: Forge = {
    ...memory,
    async openPullRequest(...request) {
      const work = freeze;
      freeze = undefined;
      await work?.();
      return memory.openPullRequest(...request);
    },
    async mergePullRequest(number) {
      merged.push(number);
      throw new AppError("UNAVAILABLE", "the forge is down");
    },
  };
  const { world, hub } = await settled(undefined, { forge });
  const other = world.openHub();
  await other.load();
  world.edited.eu = { via: "pullRequest", mode: "manual" };
  world.push(false);
  world.apply("dev");
  await hub.look("staging");
  // Between judgement and merge the pull request is opened.
  freeze = async () => {
    await other.freeze("eu", byAnn);
    await other.idle();
  };
  const asked = { actor: "cleo", waitMs: 0, emergency: false, reason: "" };
  await expect(hub.promote("eu", asked)).rejects.toMatchObject({
    code: "FAILED_PRECONDITION",
    message: expect.stringMatching(/^Cannot promote into "eu": freeze: "eu" is frozen by ann/),
  });
  expect([freeze, merged]).toEqual([undefined, []]);
  await hub.unfreeze("eu", byAnn);
  await expect(hub.promote("eu", asked)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(merged).toEqual([1]);
});

test("what is proven goes by itself in mode auto only, for a person in mode manual, for nobody in mode never", async () => {
  const { world, hub, soak, at } = await settled();
  const asked = { actor: "cleo", waitMs: 0, emergency: false, reason: "" };
  world.edited.eu = { mode: "never" };
  world.push(false);
  world.apply("dev");
  await soak();
  await expect(hub.promote("eu", asked)).rejects.toMatchObject({
    code: "FAILED_PRECONDITION",
    message: 'Environment "eu" is closed to promotion: fleet.yaml says mode "never"',
  });
  world.edited.eu = { mode: "manual" };
  await soak();
  expect(at()).toEqual([2, 2, 1, 1]);
  await expect(hub.promote("eu", { ...asked, emergency: true, reason: " " })).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    message: expect.stringContaining("needs a reason"),
  });
  await hub.promote("eu", asked);
  expect(at()).toEqual([2, 2, 2, 1]);
});

test("rules 8 and 13: what is held waits for a person, what was taken back is not promoted again, what comes after it is", async () => {
  const quarantine = [{ revision: hash(3), reason: "it broke the shop", since: 0 }];
  const hold = { by: "ann", reason: "look first", since: 0 };
  const { world, hub, soak, at } = await settled({
    eu: { quarantine, hold: undefined },
    staging: { quarantine: [], hold },
  });
  // Nobody promoted into "staging" for them: it is held.
  expect(at()).toEqual([1, 0, 1, 0]);
  const asked = { actor: "cleo", waitMs: 0, emergency: false, reason: "" };
  await hub.promote("staging", asked);
  expect(at()).toEqual([1, 1, 1, 0]);

  const proven = async () => {
    world.push(false);
    world.apply("dev");
    await soak();
  };
  await hub.freeze("eu", byAnn);
  await proven();
  await proven();
  await hub.unfreeze("eu", byAnn);
  await soak();
  // The newer one was taken back: the older one, which was not, goes.
  expect(at()).toEqual([3, 1, 2, 0]);
  await expect(hub.promote("eu", asked)).rejects.toMatchObject({
    code: "FAILED_PRECONDITION",
    message: expect.stringContaining("quarantine: Was rolled back: it broke the shop"),
  });
  await proven();
  expect(at()).toEqual([4, 1, 4, 0]);
});

test("rule 13: what an environment before it has gone back from, or quarantined, goes no further by itself", async () => {
  const { world, hub, soak, at, candidate } = await settled();
  const prove = async (...environments: readonly string[]) => {
    world.push(false);
    for (const name of environments) world.apply(name);
    await soak();
  };
  await prove("dev");
  await soak();
  expect([at(), candidate("prod")]).toEqual([[2, 2, 2, 1], 2]);
  await hub.freeze("staging", byAnn);
  world.branches.set("env/staging", hash(1));
  world.apply("staging");
  await hub.approve("prod", { actor: "ben" });
  await soak();
  expect([at(), candidate("prod")]).toEqual([[2, 1, 2, 1], 2]);

  const quarantine = [{ revision: hash(3), reason: "it broke the shop", since: 0 }];
  const other = await settled({ dev: { quarantine, hold: undefined } });
  for (const _ of [2, 3]) {
    await other.hub.freeze("eu", byAnn);
    other.world.push(false);
    other.world.apply("dev");
    await other.soak();
  }
  await other.hub.unfreeze("eu", byAnn);
  await other.soak();
  expect(other.at().slice(0, 3)).toEqual([3, 2, 2]);
});

/** A whole night's worth: DROVER_HISTORIES=5000. */
const histories = Number(process.env["DROVER_HISTORIES"] ?? 300);

test("rule 2: histories of pushes, ill health, outages, lost answers, lost databases, refused notes, dying and competing hubs: only what is proven and approved moves, once, forward, and all of it arrives", async () => {
  for (let seed = 1; seed <= histories; seed++) await history(seed);
}, 600_000);
