import { defaultRolloutPolicy, type RolloutPolicy, type WavePolicy } from "../../common/domain/index.ts";
import {
  clusterEntries,
  clusterEntry,
  createRolloutState,
  type RolloutEffect,
  type RolloutEvent,
  type RolloutState,
  step,
} from "../../hub/rollout/index.ts";
import { checkStep } from "./invariants.ts";

export type Untimed = RolloutEvent extends infer Each ? (Each extends RolloutEvent ? Omit<Each, "at"> : never) : never;

/** Clusters, gates and Git around one environment, in virtual time; every step is checked. */
export interface World {
  readonly state: () => RolloutState;
  readonly now: () => number;
  /** Events so far: what makes the same state again. */
  readonly log: readonly RolloutEvent[];
  send(event: Untimed): void;
  /** A tick at the next time that something waits for; false: nothing does. */
  tick(): boolean;
  wait(ms: number): void;
  push(revision: string, options?: { readonly manual?: boolean; readonly author?: string }): void;
  /** All clusters do what they were told, gates pass, reverts are made, until nothing moves. Throws when it never rests. */
  settle(health?: (cluster: string, revision: string) => "Healthy" | "Degraded"): void;
}

export function createWorld(
  policy: RolloutPolicy,
  options: { readonly check?: boolean; readonly log?: boolean } = {},
): World {
  let state = createRolloutState("prod", policy, "A");
  let now = Date.parse("2026-11-23T12:00:00Z");
  let pushes = 0;
  const log: RolloutEvent[] = [];
  let effects: RolloutEffect[] = [];

  function send(event: Untimed): void {
    const timed = { ...event, at: now } as RolloutEvent;
    if (options.log !== false) log.push(timed);
    const next = step(state, timed);
    if (options.check !== false) checkStep(state, timed, next.state, next.effects);
    state = next.state;
    effects.push(...next.effects);
  }

  function release(revision: string, manual: boolean, author: string, revertOf?: string) {
    return { id: `run-${++pushes}`, revision, authors: [author], manual, revertOf, seed: pushes };
  }

  function perform(effect: RolloutEffect, health: (cluster: string, revision: string) => "Healthy" | "Degraded"): void {
    switch (effect.type) {
      case "assign": {
        const { cluster, revision } = effect;
        const entry = clusterEntry(state.clusters, cluster);
        if (entry?.online !== true || entry.assigned !== revision) return;
        return send({
          type: "report",
          cluster,
          revision,
          applied: true,
          health: health(cluster, revision),
          message: "",
        });
      }
      case "runGate":
        return send({ type: "gate", id: effect.id, verdict: "passed", message: "" });
      case "revert": {
        const back = release(`${effect.good}-again-${pushes}`, false, "drover");
        return send({ type: "reverted", of: effect.bad, release: back });
      }
      case "notify":
        return send({ type: "notified", id: effect.id });
      default:
        return;
    }
  }

  function tick(): boolean {
    if (state.wakeAt === undefined) return false;
    now = Math.max(now, state.wakeAt);
    send({ type: "tick" });
    return true;
  }

  return {
    state: () => state,
    now: () => now,
    log,
    send,
    tick,
    wait(ms) {
      const end = now + ms;
      while (state.wakeAt !== undefined && state.wakeAt <= end) tick();
      now = end;
      send({ type: "tick" });
    },
    push(revision, { manual = false, author = "alice" } = {}) {
      send({ type: "revision", ...release(revision, manual, author) });
    },
    settle(health = () => "Healthy") {
      effects = [];
      send({ type: "restart" });
      for (const [cluster, { assigned, online }] of clusterEntries(state.clusters)) {
        if (assigned === undefined || !online) continue;
        const told = { cluster, revision: assigned, applied: true, health: health(cluster, assigned), message: "" };
        send({ type: "report", ...told });
      }
      for (let turn = 0; turn < 200_000; turn++) {
        const effect = effects.shift();
        if (effect !== undefined) {
          perform(effect, health);
          continue;
        }
        const { run } = state;
        for (const [key, gate] of Object.entries(run?.gates ?? {})) {
          const name = key.slice(key.lastIndexOf("/") + 1);
          if (gate.state !== "running" || state.policy.gates[name]?.type !== "approval" || run === undefined) continue;
          send({ type: "operation", operation: "approve", actor: "ann", reason: "", revision: run.revision });
          send({ type: "operation", operation: "approve", actor: "bob", reason: "", revision: run.revision });
        }
        if (effects.length === 0 && !tick()) return;
      }
      throw new Error("it never comes to rest");
    },
  };
}

export function wave(name: string, clusters: WavePolicy["clusters"], others: Partial<WavePolicy> = {}): WavePolicy {
  return {
    name,
    clusters,
    maxUnavailable: { percent: 25, atLeast: 1 },
    maxFailures: { count: 0 },
    bakeMs: 0,
    progressDeadlineMs: 600_000,
    before: [],
    after: [],
    ...others,
  };
}

export function policyWith(others: Partial<RolloutPolicy>): RolloutPolicy {
  return { ...defaultRolloutPolicy, ...others };
}
