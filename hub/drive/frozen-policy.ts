import { type Freeze, freezesOf, freezeText, type RolloutPolicy } from "../../common/domain/index.ts";

/** Last moment that dates can say. */
const never = 8_640_000_000_000_000;

/**
 * To a rollout a freeze is a window that is closed: no wave starts, the one that has started is finished, a rollback goes on, and
 * `drover rollout override` goes past it with a reason.
 */
export function frozenPolicy(
  policy: RolloutPolicy,
  freezes: readonly Freeze[],
  environment: string,
  now: number,
): RolloutPolicy {
  const inForce = freezesOf(freezes, environment, now);
  if (inForce.length === 0) return policy;
  const closed = inForce.map((freeze) => ({
    type: "dates" as const,
    fromMs: Date.parse(freeze.since),
    toMs: freeze.until === null ? never : Date.parse(freeze.until),
    reason: freezeText(freeze),
  }));
  const windows = policy.windows ?? { timeZone: "UTC", allow: [], deny: [], onClose: "finishWave" };
  return { ...policy, windows: { ...windows, deny: [...windows.deny, ...closed] } };
}
