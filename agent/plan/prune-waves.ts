import { refKey } from "../../common/domain/index.ts";
import type { LiveView } from "./live.ts";
import type { PruneStep, Waiting } from "./prune.ts";

/**
 * What may be deleted now of one application: its last wave only, and nothing while something of a later wave is still going.
 * What asks to be last goes after the first wave.
 * What is kept on purpose holds nothing up.
 */
export function lastWave(
  steps: readonly PruneStep[],
  waiting: readonly Waiting[],
  live: LiveView,
): readonly PruneStep[] {
  const waveOf = (key: string) => {
    const facts = live.get(key);
    return facts?.wish.last === true ? Number.NEGATIVE_INFINITY : (facts?.wave ?? 0);
  };
  const going = waiting.filter(({ reason }) => reason === "being deleted").map(({ ref }) => waveOf(refKey(ref)));
  const deletes = steps.filter(({ action }) => action === "delete").map(({ entry }) => waveOf(refKey(entry.ref)));
  const last = [...going, ...deletes].reduce((highest, wave) => Math.max(highest, wave), Number.NEGATIVE_INFINITY);
  return steps.filter(({ action, entry }) => action !== "delete" || waveOf(refKey(entry.ref)) === last);
}
