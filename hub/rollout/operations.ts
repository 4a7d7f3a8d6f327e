import { type Draft, enter, note, patchCluster } from "./draft.ts";
import type { RolloutOperation } from "./events.ts";
import { quarantine } from "./failure.ts";
import { approve } from "./gates.ts";
import { makeWaves } from "./make-waves.ts";
import { type ReleaseKey, revisionOf } from "./release-key.ts";
import { cancelGates, isUnderWay, liftHold, startNext } from "./runs.ts";
import { short } from "./short.ts";

/** What people do. Returns why it cannot be done; undefined when it was. */
export function operate(
  draft: Draft,
  { actor, reason, ...operation }: RolloutOperation & { readonly actor: string; readonly reason: string },
): string | undefined {
  const by = { actor, reason };
  switch (operation.operation) {
    case "pause":
      return pause(draft, by);
    case "resume":
      return resume(draft, by);
    case "abort":
      return abort(draft, by);
    case "retry":
      return retry(draft, by);
    case "skipWave":
      return skipWave(draft, by);
    case "override":
      return override(draft, by);
    case "hold":
      return hold(draft, by);
    case "rollback":
      return rollback(draft, operation.of, by);
    case "release":
      return release(draft, by);
    case "approve": {
      const refused = approve(draft, actor, operation.revision, operation.gate);
      if (refused === undefined) note(draft, "approved", by);
      return refused;
    }
  }
}

const automation = "drover";

interface By {
  readonly actor: string;
  readonly reason: string;
}

function pause(draft: Draft, { actor, reason }: By): string | undefined {
  const { run, state, at } = draft;
  if (run?.phase.name === "paused") return `it is paused already, by ${run.phase.by}`;
  if (run?.phase.name === "reverting") return "it is being rolled back";
  if (run === undefined || !isUnderWay(run.phase)) {
    state.hold = { reason: reason === "" ? `paused by ${actor}` : reason, by: actor, since: at };
    note(draft, "hold set", { actor, reason });
    return undefined;
  }
  enter(draft, { name: "paused", since: at, cause: "operator", by: actor, reason }, { actor, reason });
  return undefined;
}

/** What is under way goes on; nothing new starts by itself. */
function hold(draft: Draft, { actor, reason }: By): undefined {
  draft.state.hold = { reason: reason === "" ? `held by ${actor}` : reason, by: actor, since: draft.at };
  note(draft, "hold set", { actor, reason });
}

function rollback(draft: Draft, of: ReleaseKey, { actor, reason }: By): undefined {
  quarantine(draft, { revision: of, reason, since: draft.at, ...(actor === automation ? {} : { by: actor }) });
  hold(draft, { actor, reason });
  const { run } = draft;
  // What brings it back may have to wait for somebody.
  if (run !== undefined && isUnderWay(run.phase) && revisionOf(run.revision) === of) abort(draft, { actor, reason });
}

function release(draft: Draft, by: By): string | undefined {
  const { run, state } = draft;
  if (state.hold === undefined) return "it is not held";
  liftHold(draft, by.actor, by.reason);
  if (run === undefined || !isUnderWay(run.phase)) startNext(draft);
  return undefined;
}

/** Goes on after a pause, and lifts the hold. */
function resume(draft: Draft, by: By): string | undefined {
  const { run, state } = draft;
  const paused = run?.phase.name === "paused" ? run.phase : undefined;
  if (paused === undefined && state.hold === undefined) return "nothing is paused or held";
  liftHold(draft, by.actor, by.reason);
  if (paused?.cause === "failure") return retry(draft, by);
  if (paused !== undefined) return goOn(draft, by);
  if (run === undefined || !isUnderWay(run.phase)) startNext(draft);
  return undefined;
}

/** From the start of the wave: gates that have passed stay passed, and bake begins again. */
function goOn(draft: Draft, by: By): undefined {
  enter(draft, { name: "waiting", since: draft.at }, by);
  if (draft.run?.waves.length === 0) makeWaves(draft);
}

function abort(draft: Draft, by: By): string | undefined {
  const { run, at } = draft;
  if (run === undefined || run.phase.name === "done" || run.phase.name === "aborted")
    return "nothing is being rolled out";
  cancelGates(draft);
  enter(draft, { name: "aborted", since: at, by: by.actor, reason: by.reason }, by);
  startNext(draft);
  return undefined;
}

/** Tries what failed once more, or what was aborted. */
function retry(draft: Draft, by: By): string | undefined {
  const { run, at, state } = draft;
  const { phase } = run ?? {};
  if (run === undefined || !(phase?.name === "aborted" || (phase?.name === "paused" && phase.cause === "failure"))) {
    return "nothing failed or was aborted";
  }
  if (phase.name === "paused" && phase.failed === "revert" && state.released !== undefined) {
    const reason = state.quarantine.find(({ revision }) => revision === run.revision)?.reason ?? phase.reason;
    enter(draft, { name: "reverting", since: at, reason, pending: undefined }, by);
    draft.effects.push({ type: "revert", bad: run.revision, good: state.released, reason });
    return undefined;
  }
  run.failures = [];
  for (const [name, entry] of [...draft.clusters()]) {
    if (entry.phase !== "failed" || entry.wave < 0) continue;
    // What it said before does not count against it; what it says next does.
    patchCluster(draft, name, { phase: "updating", since: at, ill: "disturbed" });
    draft.effects.push({ type: "assign", cluster: name, revision: run.revision });
  }
  for (const [key, { state: verdict }] of Object.entries(run.gates)) if (verdict === "failed") delete run.gates[key];
  return goOn(draft, { ...by, reason: by.reason === "" ? "retry" : by.reason });
}

/** Leaves the current wave as it is; its waiting clusters come after the last wave. */
function skipWave(draft: Draft, by: By): string | undefined {
  const { run, at } = draft;
  const wave = run?.waves[run.wave];
  if (run === undefined || wave === undefined || run.kind === "rollback") return "no wave is under way";
  const { name } = run.phase;
  if (name === "done" || name === "aborted" || name === "reverting" || name === "blocked")
    return "no wave is under way";
  if (by.reason === "") return "skipping a wave needs a reason";
  cancelGates(draft);
  for (const [cluster, entry] of [...draft.clusters()]) {
    if (entry.wave !== run.wave || entry.phase !== "waiting") continue;
    patchCluster(draft, cluster, { phase: "debt", debt: "skipped", disturbed: undefined, since: at });
  }
  wave.status = "skipped";
  note(draft, `skipped wave "${wave.name}"`, by);
  enter(draft, { name: "waiting", since: at }, by);
  return undefined;
}

function override(draft: Draft, { actor, reason }: By): string | undefined {
  const { run, at } = draft;
  if (run === undefined || run.phase.name === "done" || run.phase.name === "aborted")
    return "nothing is being rolled out";
  if (reason === "") return "overriding the windows needs a reason";
  run.override = { reason, by: actor, since: at };
  note(draft, `windows overridden for ${short(run.revision)}`, { actor, reason });
  return undefined;
}
