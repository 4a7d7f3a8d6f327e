import { type Draft, enter, note, notify, patchCluster, remember } from "./draft.ts";
import { makeWaves } from "./make-waves.ts";
import { type ReleaseKey, revisionOf } from "./release-key.ts";
import { short } from "./short.ts";
import type { Release, Run, RunPhase } from "./state.ts";
import { enqueueLate } from "./waves.ts";

const queueLimit = 20;

/** A revision reached the branch: start it, or say why not. */
export function takeRevision(
  draft: Draft,
  { sameAs = [], ...release }: Release & { readonly sameAs?: readonly string[] },
): void {
  const { run, state } = draft;
  const { revision } = release;
  if (run?.revision === revision) return;
  if (run?.phase.name === "reverting" && takesBack(release, run)) return startRun(draft, release, "rollback");
  if (release.manual) {
    liftHold(draft, release.authors[0] ?? "drover", `${short(revision)} was chosen by hand`);
    state.quarantine = state.quarantine.filter(
      (each) => !isAbout(each.revision, revision) && !sameAs.includes(each.revision),
    );
  } else if (!mayStartByItself(draft, release)) return;
  if (run === undefined || !isUnderWay(run.phase) || state.policy.onNewRevision === "supersede") {
    return startRun(draft, release, "forward");
  }
  if (state.queue.some((each) => each.revision === revision)) return;
  state.queue = [...state.queue, release].slice(-queueLimit);
  note(draft, `queued ${short(revision)}`, { reason: `${short(run.revision)} is under way` });
}

/** What is remembered of a commit alone is about it with all settings. */
function isAbout(quarantined: ReleaseKey, release: ReleaseKey): boolean {
  return quarantined === release || quarantined === revisionOf(release);
}

/** The trailer of a commit names a commit only. */
function takesBack({ revertOf }: Release, { revision }: Run): boolean {
  return revertOf !== undefined && revisionOf(revertOf) === revisionOf(revision);
}

function mayStartByItself(draft: Draft, release: Release): boolean {
  const { state } = draft;
  const { revision } = release;
  const bad = state.quarantine.find((each) => isAbout(each.revision, revision));
  if (bad !== undefined) {
    note(draft, `refused ${short(revision)}`, { reason: `it is quarantined: ${bad.reason}` });
    return false;
  }
  if (state.hold === undefined) return true;
  if (state.heldBack?.revision !== revision) {
    state.heldBack = release;
    note(draft, `held back ${short(revision)}`, { reason: state.hold.reason });
  }
  return false;
}

/** A newer revision may have to wait for it. A run that failed, or is about to be taken back, lets the newer one mend it. */
export function isUnderWay({ name, ...phase }: RunPhase): boolean {
  if (name === "done" || name === "aborted" || name === "reverting") return false;
  return !("cause" in phase && phase.cause === "failure");
}

export function liftHold(draft: Draft, actor: string, reason: string): void {
  if (draft.state.hold === undefined) return;
  draft.state.hold = undefined;
  note(draft, "hold lifted", { actor, reason });
}

/** What was held back, or the next in the queue. */
export function startNext(draft: Draft): void {
  const { state } = draft;
  if (state.hold !== undefined) return;
  if (state.heldBack !== undefined) return startRun(draft, state.heldBack, "forward");
  const [next, ...others] = state.queue;
  if (next === undefined) return;
  state.queue = [];
  startRun(draft, next, "forward");
  state.queue = others;
}

function startRun(draft: Draft, release: Release, kind: Run["kind"]): void {
  const before = draft.run;
  closeRun(draft, release, kind);
  draft.state.heldBack = undefined;
  dropQueue(draft, release);
  const { id, revision, authors, manual, revertOf, seed } = release;
  draft.run = {
    ...{ id, revision, authors, manual, revertOf, seed, kind },
    startedAt: draft.at,
    phase: { name: "waiting", since: draft.at },
    wave: 0,
    waves: [],
    asked: 0,
    gates: {},
    failures: [],
    pulling: {},
    override: undefined,
    window: undefined,
  };
  if (kind === "rollback")
    note(draft, `rollback to ${short(revision)}`, { reason: `takes back ${short(revertOf ?? "")}` });
  else note(draft, `started ${short(revision)}`);
  makeWaves(draft);
  if (before?.phase.name !== "paused" || before.phase.cause !== "operator") return;
  // Who paused the environment paused it for whatever comes.
  const { by, reason } = before.phase;
  enter(draft, { name: "paused", since: draft.at, cause: "operator", by, reason }, { actor: by, reason });
}

/** What was queued is older than a revision that starts out of turn, and part of it. */
function dropQueue(draft: Draft, { revision }: Release): void {
  const { queue } = draft.state;
  if (queue.length === 0) return;
  draft.state.queue = [];
  note(draft, `dropped ${queue.map((each) => short(each.revision)).join(", ")}`, {
    reason: `${short(revision)} is newer`,
  });
}

function closeRun(draft: Draft, release: Release, kind: Run["kind"]): void {
  const { run } = draft;
  if (run === undefined || run.phase.name === "done" || run.phase.name === "aborted") return;
  cancelGates(draft);
  if (kind === "rollback" && run.phase.name === "reverting") return remember(draft, "rolledBack", run.phase.reason);
  remember(draft, "superseded", `by ${short(release.revision)}`);
  note(draft, "superseded", { reason: `by ${short(release.revision)}` });
}

export function cancelGates({ run, effects }: Draft): void {
  if (run === undefined) return;
  for (const [key, gate] of Object.entries(run.gates)) {
    if (gate.state !== "running" && gate.state !== "pending") continue;
    if (gate.attempt > 0) effects.push({ type: "cancelGate", id: gate.id });
    delete run.gates[key];
  }
}

/** All waves are through: the revision is what the environment has. */
export function finishRun(draft: Draft): void {
  const { run, state } = draft;
  if (run === undefined) return;
  const { revision, kind } = run;
  state.released = revision;
  enter(draft, { name: "done", since: draft.at });
  remember(draft, "done", "");
  let debts = 0;
  for (const [name, entry] of [...draft.clusters()]) {
    if (entry.debt === "skipped") {
      patchCluster(draft, name, { phase: "waiting", debt: undefined, since: draft.at });
      enqueueLate(draft, name);
    } else if (entry.wave < 0) {
      patchCluster(draft, name, { assigned: revision });
      draft.effects.push({ type: "assign", cluster: name, revision });
    }
    if (entry.phase === "debt") debts++;
  }
  const later = debts === 0 ? "" : `; ${debts} ${debts === 1 ? "cluster catches" : "clusters catch"} up later`;
  const what = kind === "rollback" ? `rolled back to ${short(revision)}` : `released ${short(revision)}`;
  notify(draft, "info", `Environment "${state.environment}": ${what}${later}`);
  startNext(draft);
}
