import type { HealthState } from "../../common/domain/index.ts";

/** How bad it is, which is what colours and signs stand for; from worst to best. */
export const tones = ["bad", "warn", "busy", "quiet", "good"] as const;
export type Tone = (typeof tones)[number];

const ofHealth: Readonly<Record<HealthState, Tone>> = {
  Healthy: "good",
  Progressing: "busy",
  Suspended: "quiet",
  Unknown: "quiet",
  Missing: "bad",
  Degraded: "bad",
};

export function healthTone(health: HealthState): Tone {
  return ofHealth[health];
}

/** Sorts the worst first. */
export function byTone(left: Tone, right: Tone): number {
  return tones.indexOf(left) - tones.indexOf(right);
}
