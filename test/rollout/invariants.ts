import { clustersIn } from "../../common/domain/index.ts";
import {
  type ClusterProgress,
  clusterEntries,
  clusterEntry,
  type RolloutEffect,
  type RolloutEvent,
  type RolloutState,
} from "../../hub/rollout/index.ts";

/** What must be true of every step, whatever came before. Throws what is not. */
export function checkStep(
  before: RolloutState,
  event: RolloutEvent,
  after: RolloutState,
  effects: readonly RolloutEffect[],
): void {
  checkTold(before, event, after, effects);
  checkCounters(after);
  checkWake(event, after);
  checkBounds(after);
}

/** Clusters are told their own wave's turn, within its budget, never past a gate, and nothing but the run's revision. */
function checkTold(
  before: RolloutState,
  event: RolloutEvent,
  after: RolloutState,
  effects: readonly RolloutEffect[],
): void {
  const { run, policy } = after;
  if (event.type === "restart" || event.type === "join") return;
  for (const effect of effects) {
    if (effect.type !== "assign") continue;
    const entry = clusterEntry(after.clusters, effect.cluster);
    const was = clusterEntry(before.clusters, effect.cluster);
    must(entry?.assigned === effect.revision, `${effect.cluster} is told what it is not to run`);
    if (run === undefined || entry === undefined) throw new Error(`${effect.cluster} is told something without a run`);
    // A rollback that is through, or one through whose clusters a queued run starts at once, gives the others its revision.
    if (entry.wave < 0 || after.released === effect.revision) continue;
    must(
      effect.revision === run.revision,
      `${effect.cluster} is told ${effect.revision} in the run of ${run.revision}`,
    );
    // One that is told again what it was told before is no new start.
    if (was?.assigned === effect.revision) continue;
    must(entry.online, `${effect.cluster} is told something while it is offline`);
    const wave = run.waves[entry.wave];
    if (wave === undefined) throw new Error(`${effect.cluster} is in no wave`);
    must(wave.status !== "pending", `${effect.cluster} of wave ${wave.name} is told before its turn`);
    const own = policy.waves.find(({ name }) => name === wave.name) ?? policy.waves.at(-1);
    for (const gate of own?.before ?? []) {
      if (run.kind === "rollback" || !policy.waves.includes(own as never)) continue;
      if (policy.waves.find(({ name }) => name === wave.name) === undefined || wave.status !== "current") continue;
      must(
        run.gates[`${wave.name}/before/${gate}`]?.state === "passed",
        `${effect.cluster} is told before gate ${gate}`,
      );
    }
    if (was?.phase === "failed" || was?.disturbed === true || wasUnhealthyByUs(was, run.revision)) continue;
    const size = Object.values(wave.counts).reduce((sum, count) => sum + count, 0);
    const limits = (run.kind === "rollback" ? policy.waves : [own]).map((each) =>
      each === undefined ? 1 : Math.max(1, clustersIn(each.maxUnavailable, size)),
    );
    const unavailable = wave.counts.updating + wave.counts.failed + wave.disturbed;
    const limit = Math.max(...limits);
    must(unavailable <= limit, `${unavailable} of wave ${wave.name} are unavailable, ${limit} may be`);
  }
}

/** A new run may tell those first that the one before left unhealthy. */
function wasUnhealthyByUs(was: ClusterProgress | undefined, revision: string): boolean {
  return was !== undefined && was.assigned !== revision && (was.phase === "updating" || was.phase === "failed");
}

/** The counters say what a look at all clusters says. */
export function checkCounters({ run, clusters }: RolloutState): void {
  if (run === undefined) return;
  for (const [index, wave] of run.waves.entries()) {
    const counted = { waiting: 0, updating: 0, healthy: 0, failed: 0, debt: 0 };
    let disturbed = 0;
    for (const [, entry] of clusterEntries(clusters)) {
      if (entry.wave !== index) continue;
      counted[entry.phase]++;
      if (entry.phase === "waiting" && entry.disturbed === true) disturbed++;
    }
    const same = Object.entries(counted).every(([phase, count]) => wave.counts[phase as "waiting"] === count);
    must(
      same && wave.disturbed === disturbed,
      `wave ${wave.name} counts ${JSON.stringify(wave.counts)}, there are ${JSON.stringify(counted)}`,
    );
  }
  for (const [, { phase, debt }] of clusterEntries(clusters)) {
    must((phase === "debt") === (debt !== undefined), "a debt has a reason, and nothing else has");
  }
}

function checkWake({ at }: RolloutEvent, { wakeAt }: RolloutState): void {
  must(wakeAt === undefined || wakeAt > at, "it wakes in the past");
}

function checkBounds({ history, past, notices, queue, quarantine, run }: RolloutState): void {
  const sizes = [
    history.length <= 200,
    past.length <= 20,
    notices.length <= 50,
    queue.length <= 20,
    quarantine.length <= 50,
  ];
  must(sizes.every(Boolean) && (run?.failures.length ?? 0) <= 20, "something grows without bounds");
}

function must(condition: boolean, message: string): void {
  if (!condition) throw new Error(message);
}
