import { type Environment, selects } from "../../common/domain/index.ts";
import type { FleetState } from "../desk/index.ts";
import type { Revision } from "../ports.ts";
import { planRollout, type RolloutState, revisionOf } from "../rollout/index.ts";
import type { RolloutPlan } from "../surfaces.ts";

/** What a rollout of a revision would do if it started now. */
export function planOf(
  fleet: FleetState,
  environment: Environment,
  { policy, hold, quarantine }: RolloutState,
  revision: Revision,
  at: number,
): RolloutPlan {
  const members = [...fleet.clusters.values()].filter(({ labels }) => selects(environment.clusters, labels));
  const plan = planRollout(policy, members, at);
  const problems = plan.problems.map(({ message }) => message);
  if (hold !== undefined) problems.push(`The environment is held: ${hold.reason}`);
  const bad = quarantine.find((each) => revisionOf(each.revision) === revision);
  if (bad !== undefined) problems.push(`${revision.slice(0, 12)} is quarantined: ${bad.reason}`);
  const offline = members.filter(({ name }) => !fleet.connected.has(name)).map(({ name }) => name);
  if (offline.length > 0) {
    problems.push(`${offline.length} offline, they catch up later: ${offline.slice(0, 10).join(", ")}`);
  }
  return {
    environment: environment.name,
    revision,
    waves: plan.waves.map((wave) => ({ ...wave, startsAt: new Date(wave.startsAt).toISOString() })),
    expectedMs: plan.expectedMs,
    problems,
  };
}
