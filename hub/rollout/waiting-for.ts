import { clusterEntries } from "./cluster-table.ts";
import { failureSentence } from "./failure-sentence.ts";
import { short } from "./short.ts";
import type { RolloutState, Run, WaveProgress } from "./state.ts";
import { formatMs } from "./time.ts";
import { wavePolicyOf } from "./wave-policy.ts";

export interface Waiting {
  /** One sentence without a period; "" when nothing is under way. */
  readonly what: string;
  /** Milliseconds since 1970. */
  readonly since: number;
}

const shownClusters = 3;

/** What the environment's rollout waits for, or why it stopped, and since when. Undefined: it is done, or there was none. */
export function waitingFor(state: RolloutState): Waiting | undefined {
  const { run, heldBack, hold } = state;
  if (run === undefined || run.phase.name === "done") {
    if (heldBack === undefined || hold === undefined) return run === undefined ? undefined : catchingUp(state, run);
    return { what: `${short(heldBack.revision)} is held back by ${hold.by}: ${hold.reason}`, since: hold.since };
  }
  return { what: ofPhase(state, run), since: run.phase.since };
}

function ofPhase(state: RolloutState, run: Run): string {
  const { phase } = run;
  const wave = run.waves[run.wave];
  switch (phase.name) {
    case "blocked":
    case "done":
      return phase.name === "blocked" ? phase.reason : "";
    case "paused":
      return phase.reason === "" ? `paused by ${phase.by}` : `paused by ${phase.by}: ${phase.reason}`;
    case "aborted":
      return phase.reason === "" ? `aborted by ${phase.by}` : `aborted by ${phase.by}: ${phase.reason}`;
    case "reverting":
      return `${phase.pending ?? "the revert commit"}, because ${phase.reason}`;
    case "baking": {
      const { bakeMs } = wavePolicyOf(state.policy, run.kind, wave?.name ?? "");
      return `wave "${wave?.name}" to stay healthy until ${formatMs(phase.since + bakeMs)}`;
    }
    case "waiting":
      if (wave === undefined) return `${some(updating(state))} to become healthy, after the last wave`;
      return windowOf(run) ?? gatesOf(run, wave, "before");
    case "verifying":
      return gatesOf(run, wave, "after");
    case "updating":
      return wave === undefined ? "" : clustersOf(state, run, wave);
  }
}

function windowOf({ window }: Run): string | undefined {
  if (window === undefined || window.open) return undefined;
  const opens = window.until === undefined ? "which never opens again" : `which opens ${formatMs(window.until)}`;
  return `the deployment window, ${opens}: ${window.reason}`;
}

function gatesOf(run: Run, wave: WaveProgress | undefined, time: "before" | "after"): string {
  const prefix = `${wave?.name}/${time}/`;
  const open = Object.entries(run.gates).filter(([key, gate]) => key.startsWith(prefix) && gate.state !== "passed");
  const parts = open.map(
    ([key, { message }]) => `gate "${key.slice(prefix.length)}"${message === "" ? "" : ` (${message})`}`,
  );
  return `${parts.join(" and ")} ${time} wave "${wave?.name}"`;
}

function clustersOf(state: RolloutState, run: Run, wave: WaveProgress): string {
  const { updating, waiting, failed } = wave.counts;
  const wanted = updating > 0 ? "updating" : failed > 0 ? "failed" : "waiting";
  const later = waiting === 0 || wanted === "waiting" ? "" : `; ${waiting} after that`;
  if (wanted === "failed") return `failed clusters to become healthy: ${failureSentence(run)}${later}`;
  const inWave = [...clusterEntries(state.clusters)].filter(
    ([, entry]) => entry.wave === run.wave && entry.phase === wanted,
  );
  const names = some(inWave.map(([name]) => name));
  if (wanted === "updating") return `${names} to become healthy in wave "${wave.name}"${later}`;
  const offline = inWave.filter(([, { online }]) => !online).map(([name]) => name);
  if (offline.length > 0) return `${some(offline)} to come online in wave "${wave.name}"`;
  return windowOf(run) ?? `the next start in wave "${wave.name}", at ${formatMs(wave.nextStartAt)}: ${names}`;
}

/** After the last wave only those are waited for that could not take their turn. */
function catchingUp({ clusters }: RolloutState, run: Run): Waiting | undefined {
  if (run.waves.every(({ counts }) => counts.waiting + counts.updating + counts.debt === 0)) return undefined;
  const names: string[] = [];
  for (const [name, { wave, phase, debt }] of clusterEntries(clusters)) {
    if (wave < 0 || phase === "healthy" || phase === "failed") continue;
    names.push(debt === undefined ? name : `${name} (${debt})`);
  }
  return { what: `${some(names)} to catch up`, since: run.phase.since };
}

function updating({ clusters }: RolloutState): readonly string[] {
  return [...clusterEntries(clusters)].filter(([, { phase }]) => phase === "updating").map(([name]) => name);
}

function some(names: readonly string[]): string {
  const more = names.length > shownClusters ? ` and ${names.length - shownClusters} more` : "";
  return `${names.toSorted().slice(0, shownClusters).join(", ")}${more}`;
}
