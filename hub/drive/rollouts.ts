import { randomUUID } from "node:crypto";
import { type Clock, createKeyedLock } from "../../common/async/index.ts";
import type { Environment, Freeze } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { EnvironmentState, FleetState } from "../desk/index.ts";
import type { CheckGate } from "../gates/index.ts";
import { commitNamed } from "../git/index.ts";
import type { Notifier } from "../notify/index.ts";
import type { Cancellable, Forge, GitSource, Guard, HubStore, Revision } from "../ports.ts";
import {
  clusterEntries,
  createRolloutState,
  type ReleaseKey,
  type RolloutEffect,
  type RolloutState,
  revisionOf,
} from "../rollout/index.ts";
import type { FleetActions, FleetQueries } from "../surfaces.ts";
import { type Answer, createDriver } from "./driver.ts";
import { frozenPolicy } from "./frozen-policy.ts";
import { createGateRunner } from "./gate-runner.ts";
import { mergedRevert } from "./merged-revert.ts";
import { createOwnedDriver, type OwnedDriver } from "./owned-driver.ts";
import { createOwnership } from "./ownership.ts";
import { planOf } from "./plan.ts";
import { asProposed, proposedRollback } from "./proposed-rollback.ts";
import { arrivalOf, settingsArrival } from "./release.ts";
import { quarantinedAs, quarantineOf } from "./remembered.ts";
import type { MachineIdentity } from "./revert.ts";
import { rollBack } from "./rollback.ts";
import { createRolloutStore } from "./rollout-store.ts";
import { rolloutView } from "./rollout-view.ts";
import { createTakeBack } from "./take-back.ts";
import { aliveIn, releasedBefore, toldToAll } from "./told.ts";

const automation = "drover";

export interface RolloutsDependencies {
  readonly fleet: FleetState;
  readonly store: HubStore;
  readonly git: GitSource;
  readonly forge: Forge | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  /** Author of the commits that the hub makes. */
  readonly identity: MachineIdentity;
  /** Branch that fleet.yaml is read from. */
  readonly trunk: string;
  /** Brings the offers of a cluster to what the saved state says. */
  readonly assign: (cluster: string, environment: string) => Promise<void>;
  readonly checkGate: CheckGate;
  /** As stored now. */
  readonly freezes: () => Promise<readonly Freeze[]>;
  /** Another hub has driven until now: what it left in the store counts. */
  readonly tookOver: () => Promise<void>;
  readonly notify: Notifier["notify"];
  /** Who has taken the branch of an environment to a commit; undefined: it is not known. */
  readonly movedBy: (environment: string, revision: Revision) => string | undefined;
  /** The branch of an environment was moved by the hub itself. */
  readonly moved: () => void;
}

/** The drivers of all environments that have a rollout. */
export interface Rollouts {
  /** Releases that clusters of the environment are to run, or may be told next without a further commit. */
  open(environment: Environment): Promise<ReadonlySet<ReleaseKey>>;
  /**
   * `key`: the newest that could be read; `trunk`: tip of the branch with fleet.yaml. Resolves when what follows at once has been
   * assigned.
   */
  follow(
    environment: Environment,
    key: ReleaseKey | undefined,
    options: Cancellable & { readonly trunk?: Revision | undefined },
  ): Promise<void>;
  /** The environment has no rollout any more, or is gone. */
  drop(environment: string): Promise<void>;
  /** Under which its offers may be written; "other": another hub drives. Undefined: it has no rollout. */
  guardOf(environment: string): Guard | "other" | undefined;
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
  const drivers = new Map<string, OwnedDriver>();
  const hub = randomUUID();
  const branches = new Map<string, string>();
  /** Newest release that the pipeline has read. */
  const latest = new Map<string, ReleaseKey>();
  /** Nothing of them is stored: it need not be looked for again. */
  const cleared = new Set<string>();
  const lock = createKeyedLock<string>();
  const closing = new AbortController();
  const takeBack = createTakeBack({ ...dependencies, signal: closing.signal });
  const gates = createGateRunner({ check: (request, options) => dependencies.checkGate(request, options), log });

  const unsubscribe = fleet.subscribe(({ kind, cluster, environment }) => {
    if (cluster === undefined || (kind !== "cluster" && kind !== "environment")) return;
    if (environment !== undefined) return drivers.get(environment)?.look([cluster]);
    for (const driver of drivers.values()) driver.look([cluster]);
  });

  async function start(first: Environment): Promise<OwnedDriver> {
    const { name, rollout } = first;
    if (rollout === undefined) throw new AppError("INTERNAL", `Environment "${name}" has no rollout`);
    const rolloutStore = createRolloutStore(store, name);
    function show(state: RolloutState): void {
      fleet.rollouts.set(name, state);
      fleet.announce({ kind: "rollout", environment: name });
    }
    const driver = await createOwnedDriver(
      {
        ownership: createOwnership({ store, clock, log, hub }, name),
        at: rolloutStore.at,
        async load() {
          const stored = await rolloutStore.load();
          const released = stored === undefined ? toldToAll(fleet, name) : undefined;
          if (stored !== undefined) return { saved: stored, stored: true };
          const quarantine = await quarantineOf(git, git.branches().get(first.branch), name);
          const state = { ...createRolloutState(name, rollout, released), quarantine };
          return { saved: { state, seen: released, at: 0 }, stored: false };
        },
        create(environment, begun, guard, lost) {
          fleet.rollouts.set(name, begun.saved.state);
          return createDriver(
            {
              ...{ fleet, store: rolloutStore, guard, lost, clock, log, saved: show },
              assign: (cluster) => dependencies.assign(cluster, name),
              perform: (effect, answer) => perform(name, effect, answer),
            },
            { environment, ...begun },
          );
        },
        watched: show,
        tookOver: dependencies.tookOver,
        log,
      },
      first,
    );
    if (!fleet.rollouts.has(name)) fleet.rollouts.set(name, driver.state());
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

  /** A rollback that waits to be merged: until then, what it takes back goes no further. Said once, whoever proposed it. */
  async function noticeProposed(environment: Environment): Promise<void> {
    const driver = drivers.get(environment.name);
    if (driver?.guard() === undefined) return;
    const found = await proposedRollback(git, environment);
    if (found === undefined) return;
    const { of, actor, reason } = found;
    if (driver.state().quarantine.some(({ revision }) => revisionOf(revision) === of)) return;
    await driver.operate({ type: "operation", operation: "rollback", of, actor, reason });
  }

  function known(name: string): EnvironmentState {
    const found = fleet.environments.get(name);
    if (found === undefined) throw new AppError("NOT_FOUND", `No such environment: "${name}"`);
    return found;
  }

  function running(name: string): OwnedDriver {
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
        return takeBack(
          {
            environment: name,
            branch: branches.get(name) ?? "",
            byPullRequest: fleet.environments.get(name)?.environment.promotion?.via === "pullRequest",
            latest: latest.get(name),
          },
          effect,
          answer,
        );
      case "runGate":
        return gates.run(name, effect, clustersOf(name, effect.wave), answer);
      case "cancelGate":
        return gates.cancel(effect.id);
      case "notify": {
        const { id, severity, message } = effect;
        log[severity === "warning" ? "warn" : severity]({ environment: name }, message);
        // One that could not be kept is asked for again at the next start.
        const kept = dependencies.notify(name, effect).then(() => answer({ type: "notified", id }));
        return void kept.catch((err: unknown) => log.warn({ environment: name, err }, "cannot keep a notification"));
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

  return {
    async open(environment) {
      const driver = await driverOf(environment);
      return aliveIn(driver.state());
    },
    async follow(environment, key, { signal, trunk }) {
      const driver = await driverOf(environment);
      if (key !== undefined) latest.set(environment.name, key);
      await driver.follow(await whileFrozen(environment), async (seen) => {
        if (key === undefined || key === seen) return undefined;
        const revision = revisionOf(key);
        if (seen !== undefined && revisionOf(seen) === revision) {
          const commit = trunk === undefined ? undefined : await git.commit(trunk, { signal });
          return settingsArrival(commit, key, environment.name, clock.now());
        }
        const commit = await asProposed(git, environment, await git.commit(revision, { signal }), { signal });
        const arrival = arrivalOf(commit, key, environment.name, clock.now(), {
          isRemembered: seen !== undefined,
          isByItself: dependencies.movedBy(environment.name, revision) === automation,
        });
        const state = driver.state();
        const sameAs = await quarantinedAs(git, commit, state);
        return { ...(await mergedRevert(git, arrival, commit, state)), sameAs };
      });
      await noticeProposed(environment);
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
    guardOf(name) {
      const driver = drivers.get(name);
      return driver === undefined ? undefined : (driver.guard() ?? "other");
    },
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
      audit(actor, "rollout approve", name, revisionOf(revision));
      return { environment: name, revision: revisionOf(revision) };
    },
    async rollback(name, { to, reason, actor }) {
      const { environment } = known(name);
      const driver = drivers.get(name);
      const target = to === undefined ? releasedBefore(driver?.state(), name) : await commitNamed(git, to);
      const { branch, promotion } = environment;
      const byPullRequest = promotion?.via === "pullRequest";
      const request = { environment: name, branch, to: target, reason, actor, byPullRequest };
      const proposed = async () => {
        await git.fetch();
        await noticeProposed(environment);
        fleet.announce({ kind: "environment", environment: name });
      };
      const result = await rollBack({ ...dependencies, now: () => clock.now(), proposed }, request);
      audit(actor, "rollback", name, reason);
      if (result.moved || result.pullRequest !== undefined) dependencies.moved();
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
