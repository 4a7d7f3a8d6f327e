import type { EnvironmentView, Problem, PromotionView, RolloutView } from "../../../common/domain/index.ts";
import type { Change } from "../event-stream.ts";
import { laneColumns, type OverviewFacts, placed } from "../lane.ts";
import { LaneCard } from "../parts/lane-card.tsx";
import { Empty, Reading } from "../parts/notice.tsx";
import { useList } from "../use-read.ts";

const ofEnvironments = ({ kind }: Change) => kind !== "object" && kind !== "drift";
const ofPromotions = ({ kind }: Change) => kind === "promotion";
const ofRollouts = ({ kind }: Change) => kind === "rollout";

/** Environments in the direction in which changes travel. */
export function OverviewPage() {
  const environments = useList<EnvironmentView>("environments", ofEnvironments);
  const promotions = useList<PromotionView>("promotions", ofPromotions);
  const rollouts = useList<RolloutView>("rollouts", ofRollouts);
  const problems = useList<Problem>("problems", ({ kind, cluster }) => kind === "environment" && cluster === undefined);
  const reads = [environments, promotions, rollouts, problems];
  return (
    <>
      <h1 tabIndex={-1}>Overview</h1>
      <Reading reads={reads} />
      {environments.value === undefined || promotions.value === undefined || rollouts.value === undefined ? null : (
        <Overview
          facts={{ environments: environments.value, promotions: promotions.value, rollouts: rollouts.value }}
          problems={problems.value ?? []}
        />
      )}
    </>
  );
}

export interface OverviewProps {
  readonly facts: OverviewFacts;
  /** Of fleet.yaml and the repository; environments have them too. */
  readonly problems: readonly Problem[];
}

export function Overview({ facts, problems }: OverviewProps) {
  if (facts.environments.length === 0) {
    return (
      <>
        {problems.map((problem) => (
          <p key={placed(problem)} class={`callout ${problem.severity === "error" ? "bad" : "warn"}`}>
            {placed(problem)}
          </p>
        ))}
        <Empty>
          No environments yet: <code>fleet.yaml</code> at the root of the repository's trunk names them. The hub looks
          again after each push.
        </Empty>
      </>
    );
  }
  return (
    <ol class="lanes">
      {laneColumns(facts).map((lanes) => (
        <li key={lanes.map(({ environment }) => environment.name).join()}>
          {lanes.map((lane) => (
            <LaneCard key={lane.environment.name} lane={lane} />
          ))}
        </li>
      ))}
    </ol>
  );
}
