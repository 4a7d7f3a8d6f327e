import { type Clock, createKeyedLock } from "../../common/async/index.ts";
import type { Environment, Freeze } from "../../common/domain/index.ts";
import { AppError, isAbort, toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { EnvironmentState, FleetState } from "../desk/index.ts";
import type { CheckGate } from "../gates/index.ts";
import { commitNamed } from "../git/index.ts";
import type { Cancellable, FleetActions, FleetQueries, GitSource, HubStore, Revision } from "../ports.ts";
import { clusterEntries, createRolloutState, type RolloutEffect, type RolloutState } from "../rollout/index.ts";
import { type Answer, createDriver, type Driver } from "./driver.ts";
import { frozenPolicy } from "./frozen-policy.ts";
import { createGateRunner } from "./gate-runner.ts";
import { planOf } from "./plan.ts";
import { arrivalOf, releaseOf } from "./release.ts";
import { type MachineIdentity, revert } from "./revert.ts";
import { rollBack } from "./rollback.ts";
import { createRolloutStore } from "./rollout-store.ts";
import { rolloutView } from "./rollout-view.ts";

export interface RolloutsDependencies {
  readonly fleet: FleetState;
  readonly store: HubStore;
  readonly git: GitSource;
  readonly clock: Clock;
  readonly log: Logger;
  /** Author of the commits that the hub makes. */
  readonly identity: MachineIdentity;
  /** Brings the offers of a cluster to what the saved state says. */
  readonly assign: (cluster: string, environment: string) => Promise<void>;
  readonly checkGate: CheckGate;
  /** As stored now. */
  readonly freezes: () => Promise<readonly Freeze[]>;
  /** The branch of an environment was moved by the hub itself. */
  readonly moved: () => void;
}

/** The drivers of all environments that have a rollout. */
export interface Rollouts {
  /** Revisions that clusters of the environment are to run, or may be told next without a further commit. */
  open(environment: Environment): Promise<ReadonlySet<Revision>>;
  /** `revision`: the newest one that could be read. Resolves when what follows at once has been assigned. */
  follow(environment: Environment, revision: Revision | undefined, options: Cancellable): Promise<void>;
  /** The environment has no rollout any more, or is gone. */
  drop(environment: string): Promise<void>;
  readonly views: FleetQueries["rollouts"];
  readonly plan: FleetQueries["rolloutPlan"];
  readonly act: FleetActions["rollout"];
  /** Undefined: no gate of a rollout waits for an approval. */
  approve(
    environment: string,
    options: { readonly revision?: string | undefined; readonly actor: string },
  ): Promise<{ readonly environment: string; readonly revision: string } | undefined>;
  readonly rollback: FleetActions["rollback"];
  close(): Promise<void>;
}

export function createRollouts(dependencies: RolloutsDependencies): Rollouts {
  const { fleet, store, git, clock, log } = dependencies;
  const drivers = new Map<string, Driver>();
  const branches = new Map<string, string>();
  /** Nothing of them is stored: it need not be looked for again. */
  const cleared = new Set<string>();
  const lock = createKeyedLock<string>();
  const closing = new AbortController();
  const gates = createGateRunner({ check: (request, options) => dependencies.checkGate(request, options), log });

  const unsubscribe = fleet.subscribe(({ kind, cluster, environment }) => {
    if (cluster === undefined || (kind !== "cluster" && kind !== "environment")) return;
    if (environment !== undefined) return drivers.get(environment)?.look([cluster]);
    for (const driver of drivers.values()) driver.look([cluster]);
  });

  async function start(environment: Environment): Promise<Driver> {
    const { name, rollout } = environment;
    if (rollout === undefined) throw new AppError("INTERNAL", `Environment "${name}" has no rollout`);
    const rolloutStore = createRolloutStore(store, name);
    const stored = await rolloutStore.load();
    const released = stored === undefined ? toldToAll(fleet, name) : undefined;
    const saved = stored ?? { state: createRolloutState(name, rollout, released), seen: released, at: 0 };
    fleet.rollouts.set(name, saved.state);
    const driver = createDriver(
      {
        fleet,
        store: rolloutStore,
        clock,
        log,
        assign: (cluster) => dependencies.assign(cluster, name),
        perform: (effect, answer) => perform(name, effect, answer),
        saved(state) {
          fleet.rollouts.set(name, state);
          fleet.announce({ kind: "rollout", environment: name });
        },
      },
      { environment, saved, stored: stored !== undefined },
    );
    drivers.set(name, driver);
    return driver;
  }

  const driverOf = (environment: Environment) =>
    lock.run(environment.name, async () => {
      branches.set(environment.name, environment.branch);
      cleared.delete(environment.name);
      return drivers.get(environment.name) ?? start(environment);
    });

  async function whileFrozen(environment: Environment): Promise<Environment> {
    const { name, rollout } = environment;
    if (rollout === undefined) return environment;
    return { ...environment, rollout: frozenPolicy(rollout, await dependencies.freezes(), name, clock.now()) };
  }

  function known(name: string): EnvironmentState {
    const found = fleet.environments.get(name);
    if (found === undefined) throw new AppError("NOT_FOUND", `No such environment: "${name}"`);
    return found;
  }

  function running(name: string): Driver {
    const driver = drivers.get(name);
    if (driver !== undefined) return driver;
    throw new AppError(
      "FAILED_PRECONDITION",
      `Environment "${name}" has no rollouts: its clusters get every commit at once, write "rollout:" in fleet.yaml`,
    );
  }

  const audit = (actor: string, action: string, environment: string, reason: string) =>
    log.info({ audit: true, actor, action, environment, reason }, `${actor}: ${action}`);

  function perform(name: string, effect: RolloutEffect, answer: (event: Answer) => void): void {
    switch (effect.type) {
      case "revert":
        return takeBack(name, effect, answer);
      case "runGate":
        return gates.run(name, effect, clustersOf(name, effect.wave), answer);
      case "cancelGate":
        return gates.cancel(effect.id);
      case "notify": {
        const { id, severity, message } = effect;
        log[severity === "warning" ? "warn" : severity]({ environment: name }, message);
        return answer({ type: "notified", id });
      }
      default:
    }
  }

  function clustersOf(name: string, wave: string): readonly string[] {
    const state = fleet.rollouts.get(name);
    const index = state?.run?.waves.findIndex((each) => each.name === wave) ?? -1;
    const entries = state === undefined ? [] : [...clusterEntries(state.clusters)];
    return entries.flatMap(([cluster, entry]) => (entry.wave === index ? [cluster] : [])).sort();
  }

  function takeBack(
    name: string,
    { bad, good, reason }: Extract<RolloutEffect, { type: "revert" }>,
    answer: (event: Answer) => void,
  ): void {
    const request = { environment: name, branch: branches.get(name) ?? "", bad, good, reason };
    const { identity } = dependencies;
    revert({ git, identity, now: () => clock.now() }, request, { signal: closing.signal }).then(
      (commit) => {
        answer({ type: "reverted", of: bad, release: releaseOf(commit, name, clock.now()) });
        dependencies.moved();
      },
      (thrown: unknown) => {
        if (isAbort(thrown) || closing.signal.aborted) return;
        answer({ type: "revertFailed", of: bad, message: toAppError(thrown).message });
      },
    );
  }

  return {
    async open(environment) {
      const driver = await driverOf(environment);
      return aliveIn(driver.state());
    },
    async follow(environment, revision, { signal }) {
      const driver = await driverOf(environment);
      await driver.follow(await whileFrozen(environment), async (seen) => {
        if (revision === undefined || revision === seen) return undefined;
        const commit = await git.commit(revision, { signal });
        return arrivalOf(commit, environment.name, clock.now());
      });
    },
    drop: (name) =>
      lock.run(name, async () => {
        const driver = drivers.get(name);
        if (driver === undefined && cleared.has(name)) return;
        cleared.add(name);
        drivers.delete(name);
        fleet.rollouts.delete(name);
        await driver?.close();
        await createRolloutStore(store, name).clear();
      }),
    views: (filter) =>
      [...fleet.environments.keys()].flatMap((name) => {
        const state = fleet.rollouts.get(name);
        const wanted = (filter.environment ?? name) === name && (filter.name ?? name) === name;
        return state === undefined || !wanted ? [] : [rolloutView(state)];
      }),
    async plan(name, wanted) {
      const { environment } = known(name);
      const { state } = running(name);
      const newest = fleet.environments.get(name)?.revision;
      if (wanted === undefined && newest === undefined) {
        throw new AppError(
          "FAILED_PRECONDITION",
          `Environment "${name}" has no revision yet: name one with --revision`,
        );
      }
      const revision = wanted === undefined ? (newest ?? "") : await commitNamed(git, wanted);
      return planOf(fleet, environment, state(), revision, clock.now());
    },
    async act(name, action, { actor, reason }) {
      known(name);
      const operation = action === "skip-wave" ? "skipWave" : action;
      await running(name).operate({ type: "operation", operation, actor, reason });
      audit(actor, `rollout ${action}`, name, reason);
    },
    async approve(name, { revision: wanted, actor }) {
      known(name);
      const driver = drivers.get(name);
      const run = driver?.state().run;
      const waits = Object.entries(run?.gates ?? {}).some(
        ([key, { state }]) =>
          state === "running" && driver?.state().policy.gates[key.split("/").at(-1) ?? ""]?.type === "approval",
      );
      if (driver === undefined || run === undefined || !waits) return undefined;
      const revision = wanted === undefined ? run.revision : await commitNamed(git, wanted);
      await driver.operate({ type: "operation", operation: "approve", revision, actor, reason: "" });
      audit(actor, "rollout approve", name, revision);
      return { environment: name, revision };
    },
    async rollback(name, { to, reason, actor }) {
      const { environment } = known(name);
      const driver = drivers.get(name);
      const target = to === undefined ? releasedBefore(driver?.state(), name) : await commitNamed(git, to);
      const { branch } = environment;
      const request = { environment: name, branch, to: target, reason, actor };
      const result = await rollBack({ git, identity: dependencies.identity, now: () => clock.now() }, request);
      audit(actor, "rollback", name, reason);
      if (result.moved) dependencies.moved();
      return result;
    },
    async close() {
      unsubscribe();
      closing.abort();
      gates.close();
      await Promise.all([...drivers.values()].map((driver) => driver.close()));
    },
  };
}

/** The newest that went through all waves before what the environment has now. */
function releasedBefore(state: RolloutState | undefined, environment: string): Revision {
  const now = state?.run?.revision;
  const found = state?.past.findLast(({ outcome, revision }) => outcome === "done" && revision !== now);
  const revision = found?.revision ?? (state?.released === now ? undefined : state?.released);
  if (revision !== undefined) return revision;
  throw new AppError(
    "FAILED_PRECONDITION",
    `Cannot roll back "${environment}": no earlier release is known here, name one with --to`,
  );
}

/** Without a stored state: what all clusters were told already is no news to them. */
function toldToAll(fleet: FleetState, environment: string): Revision | undefined {
  const revisions = new Set<Revision>();
  for (const offers of fleet.offers.values()) {
    const offer = offers.get(environment);
    if (offer !== undefined) revisions.add(offer.header.revision);
  }
  return revisions.size === 1 ? [...revisions][0] : undefined;
}

function aliveIn({ clusters, released, run, heldBack, queue }: RolloutState): ReadonlySet<Revision> {
  const alive = new Set<Revision>();
  for (const [, { assigned }] of clusterEntries(clusters)) if (assigned !== undefined) alive.add(assigned);
  for (const revision of [released, run?.revision, heldBack?.revision, ...queue.map((each) => each.revision)]) {
    if (revision !== undefined) alive.add(revision);
  }
  return alive;
}
