import type { RolloutGateView, RolloutView } from "../../common/domain/index.ts";
import { clusterEntries, type ReleaseKey, type RolloutState, revisionOf, waitingFor } from "../rollout/index.ts";

const mostDebts = 100;

/** A rollout as people read it. */
export function rolloutView(state: RolloutState): RolloutView {
  const { run, hold } = state;
  return {
    environment: state.environment,
    state: run === undefined ? "idle" : run.phase.name,
    message: waitingFor(state)?.what ?? "",
    since: run === undefined ? null : iso(run.phase.since),
    startedAt: run === undefined ? null : iso(run.startedAt),
    revision: commitOf(run?.revision),
    kind: run?.kind ?? "forward",
    released: commitOf(state.released),
    wave: run?.waves[run.wave]?.name ?? null,
    waves: (run?.waves ?? []).map(({ name, status, counts }) => ({
      name,
      state: status,
      clusters: { total: Object.values(counts).reduce((sum, each) => sum + each, 0), ...counts },
    })),
    gates: Object.entries(run?.gates ?? {}).map(([key, { state: verdict, message, since, approvedBy }]) => {
      const [wave = "", when = "", name = ""] = key.split("/");
      return {
        wave,
        when: when as RolloutGateView["when"],
        name,
        state: verdict,
        message,
        since: iso(since),
        approvedBy,
      };
    }),
    failures: run?.failures ?? [],
    debt: debts(state),
    queue: state.queue.map(({ revision }) => revisionOf(revision)),
    hold: hold === undefined ? null : { ...hold, since: iso(hold.since) },
    heldBack: commitOf(state.heldBack?.revision),
    quarantine: state.quarantine.map(({ revision, reason, since }) => ({
      revision: revisionOf(revision),
      reason,
      since: iso(since),
    })),
    history: state.history.map((each) => ({ ...each, revision: revisionOf(each.revision), at: iso(each.at) })),
    past: state.past.map(({ revision, kind, startedAt, endedAt, outcome, reason }) => ({
      revision: revisionOf(revision),
      kind,
      startedAt: iso(startedAt),
      endedAt: iso(endedAt),
      outcome,
      reason,
    })),
  };
}

function debts({ clusters, run }: RolloutState): RolloutView["debt"] {
  const found: { cluster: string; reason: string; since: string }[] = [];
  if (run?.waves.every(({ counts }) => counts.debt === 0) !== false) return found;
  for (const [cluster, { debt, suspended, held, since }] of clusterEntries(clusters)) {
    if (debt === undefined) continue;
    const more = debt === "suspended" ? suspended : debt === "held" ? held?.reason : undefined;
    found.push({ cluster, reason: more === undefined ? debt : `${debt}: ${more}`, since: iso(since) });
    if (found.length === mostDebts) break;
  }
  return found;
}

const commitOf = (key: ReleaseKey | undefined) => (key === undefined ? null : revisionOf(key));
const iso = (at: number) => new Date(at).toISOString();
