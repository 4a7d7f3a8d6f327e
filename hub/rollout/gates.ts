import { clustersIn, type GatePolicy, isSamePerson } from "../../common/domain/index.ts";
import { type Draft, note, notify } from "./draft.ts";
import type { RolloutEffect } from "./effects.ts";
import { failRun } from "./failure.ts";
import { revisionOf } from "./release-key.ts";
import type { GateProgress } from "./state.ts";
import { wavePolicy } from "./waves.ts";

export type GateTime = "before" | "after";

/** Starts the gates of the current wave and says whether all have passed. One that failed stops the run. */
export function gatesPassed(draft: Draft, time: GateTime): boolean {
  const { run, state } = draft;
  const wave = run?.waves[run.wave];
  if (run === undefined || wave === undefined) return false;
  let passed = true;
  for (const name of wavePolicy(draft, run.wave)[time]) {
    const policy = state.policy.gates[name];
    // The schema refuses unknown gates; one that is not there cannot be asked, so it never passes.
    if (policy === undefined) return false;
    const key = `${wave.name}/${time}/${name}`;
    const gate = run.gates[key] ?? start(draft, key, name, policy);
    run.gates[key] = policy.type === "health" && gate.state === "running" ? assessHealth(draft, gate, policy) : gate;
    const { state: verdict, message } = run.gates[key];
    if (verdict === "failed") {
      failRun(draft, `gate "${name}" ${time} wave "${wave.name}" failed: ${message}`, "gate");
      return false;
    }
    if (verdict !== "passed") passed = false;
  }
  return passed;
}

function start(draft: Draft, key: string, name: string, policy: GatePolicy): GateProgress {
  const message = policy.type === "approval" ? `0 of ${policy.count} approvals` : "";
  const gate = attempt(draft, key, policy, { since: draft.at, attempt: 1, message, approvedBy: [] });
  if (policy.type === "approval") {
    const { environment } = draft.state;
    notify(
      draft,
      "info",
      `Environment "${environment}": gate "${name}" waits for ${policy.count} ${policy.count === 1 ? "approval" : "approvals"}`,
    );
  }
  return gate;
}

/** Sends an attempt on its way. */
function attempt(
  draft: Draft,
  key: string,
  policy: GatePolicy,
  progress: Pick<GateProgress, "since" | "attempt" | "message" | "approvedBy">,
): GateProgress {
  const { run } = draft;
  const asked = (run?.asked ?? 0) + 1;
  if (run !== undefined) run.asked = asked;
  // Never the same again: a late answer to a gate that was edited or asked anew says nothing.
  const id = `${run?.id}/${key}/${asked}`;
  const nextAt = policy.type === "approval" ? undefined : draft.at + policy.timeoutMs;
  const gate: GateProgress = { ...progress, id, state: "running", nextAt };
  const effect = gateEffect(draft, key, gate);
  if (effect !== undefined) draft.effects.push(effect);
  return gate;
}

/** What asks somebody else about a gate; approvals and health are known here. */
export function gateEffect({ run, state }: Draft, key: string, { id }: GateProgress): RolloutEffect | undefined {
  const [wave = "", , name = ""] = key.split("/");
  const gate = state.policy.gates[name];
  if (run === undefined || gate === undefined || gate.type === "approval" || gate.type === "health") return undefined;
  return { type: "runGate", id, name, gate, wave, revision: run.revision };
}

/** An answer; one to an earlier attempt says nothing about this one. */
export function answerGate(draft: Draft, id: string, verdict: "running" | "passed" | "failed", message: string): void {
  const { run } = draft;
  const found = Object.entries(run?.gates ?? {}).find(([, gate]) => gate.id === id);
  if (run === undefined || found === undefined) return;
  const [key, gate] = found;
  if (gate.state !== "running") return;
  if (verdict === "failed") return failAttempt(draft, key, gate, message);
  run.gates[key] = { ...gate, message, state: verdict, ...(verdict === "passed" ? { nextAt: undefined } : {}) };
  if (verdict === "passed") note(draft, `gate "${nameOf(key)}" passed`, { reason: message });
}

function failAttempt(draft: Draft, key: string, gate: GateProgress, message: string): void {
  const { run, state, at } = draft;
  const policy = state.policy.gates[nameOf(key)];
  if (run === undefined || policy === undefined) return;
  const again = policy.type !== "approval" && policy.type !== "health" && gate.attempt < policy.attempts;
  run.gates[key] = again
    ? { ...gate, state: "pending", message, nextAt: at + policy.intervalMs }
    : { ...gate, state: "failed", message, nextAt: undefined };
}

/** Attempts that took too long, and the next ones that are due. */
export function timeGates(draft: Draft): void {
  const { run, state, at } = draft;
  if (run === undefined) return;
  for (const [key, gate] of Object.entries(run.gates)) {
    if (gate.nextAt === undefined || gate.nextAt > at) continue;
    const policy = state.policy.gates[nameOf(key)];
    if (policy === undefined) continue;
    if (gate.state === "running") {
      failAttempt(draft, key, gate, gate.message === "" ? "no answer in time" : `no pass in time: ${gate.message}`);
    } else if (gate.state === "pending") {
      run.gates[key] = attempt(draft, key, policy, { ...gate, attempt: gate.attempt + 1 });
    }
  }
}

function assessHealth(
  { run }: Draft,
  gate: GateProgress,
  { quorum, scope }: Extract<GatePolicy, { type: "health" }>,
): GateProgress {
  const waves = scope === "wave" ? [run?.waves[run.wave]] : (run?.waves ?? []);
  let healthy = 0;
  let told = 0;
  for (const wave of waves) {
    if (wave === undefined) continue;
    healthy += wave.counts.healthy;
    told += wave.counts.healthy + wave.counts.updating + wave.counts.failed;
  }
  const wanted = clustersIn(quorum, told);
  const message = `${healthy} of ${told} clusters healthy, ${wanted} needed`;
  return { ...gate, message, ...(healthy >= wanted ? { state: "passed", nextAt: undefined } : {}) };
}

/** What these gates said counts no more: they are asked anew when it is their turn again. */
export function dropGates({ run, effects }: Draft, keys: readonly string[]): void {
  for (const key of keys) {
    const gate = run?.gates[key];
    if (run === undefined || gate === undefined) continue;
    if (gate.state === "running") effects.push({ type: "cancelGate", id: gate.id });
    delete run.gates[key];
  }
}

export function nameOf(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}

/** Somebody approves; the reason why that counts for nothing, or undefined. */
export function approve(draft: Draft, actor: string, revision: string, wanted: string | undefined): string | undefined {
  const { run, state } = draft;
  if (run === undefined) return "nothing is being rolled out";
  const running = revisionOf(run.revision);
  if (running !== revisionOf(revision)) return `the approval is of ${revision}, and ${running} is being rolled out`;
  if (run.authors.some((author) => isSamePerson(author, actor)))
    return `${actor} wrote or promoted ${running}: somebody else has to approve it`;
  const found = Object.entries(run.gates).find(([key, { state: verdict }]) => {
    const name = nameOf(key);
    return verdict === "running" && state.policy.gates[name]?.type === "approval" && (wanted ?? name) === name;
  });
  if (found === undefined)
    return wanted === undefined ? "no gate waits for an approval" : `gate "${wanted}" does not wait for one`;
  const [key, gate] = found;
  const policy = state.policy.gates[nameOf(key)];
  if (policy?.type !== "approval") return undefined;
  if (policy.from.length > 0 && !policy.from.includes(actor)) {
    return `gate "${nameOf(key)}" takes approvals of ${policy.from.join(", ")} only`;
  }
  if (gate.approvedBy.includes(actor)) return undefined;
  const approvedBy = [...gate.approvedBy, actor];
  const message = `${approvedBy.length} of ${policy.count} approvals (${approvedBy.join(", ")})`;
  const enough = approvedBy.length >= policy.count;
  run.gates[key] = { ...gate, approvedBy, message, ...(enough ? { state: "passed", nextAt: undefined } : {}) };
  return undefined;
}
