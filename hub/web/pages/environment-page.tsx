import type {
  ApplicationView,
  ClusterView,
  EnvironmentChanges,
  EnvironmentView,
  PromotionRecordView,
  PromotionView,
  RolloutView,
} from "../../../common/domain/index.ts";
import { actionsOf } from "../actions.ts";
import { groupClusters } from "../cluster-groups.ts";
import type { Change } from "../event-stream.ts";
import { laneOf, placed } from "../lane.ts";
import { Actions } from "../parts/actions.tsx";
import { ApplicationsSection } from "../parts/applications-section.tsx";
import { Badge } from "../parts/badge.tsx";
import { ClusterGroups } from "../parts/cluster-table.tsx";
import { Counts, Said, Standing, Stops } from "../parts/lane-card.tsx";
import { Empty, Reading } from "../parts/notice.tsx";
import { PastPromotions, PromotionSection } from "../parts/promotion-section.tsx";
import { RolloutSection } from "../parts/rollout-section.tsx";
import { useList, useRead } from "../use-read.ts";
import type { PlanAnswer } from "../wave-members.ts";

export interface EnvironmentFacts {
  readonly environment: EnvironmentView;
  readonly promotion: PromotionView | undefined;
  readonly rollout: RolloutView | undefined;
  readonly clusters: readonly ClusterView[];
  readonly applications: readonly ApplicationView[];
  readonly history: readonly PromotionRecordView[];
  readonly plan: PlanAnswer | undefined;
  readonly changes: EnvironmentChanges | undefined;
}

export function EnvironmentPage({ name }: { readonly name: string }) {
  const here = encodeURIComponent(name);
  const about =
    (...kinds: readonly Change["kind"][]) =>
    ({ kind, environment }: Change) =>
      kinds.includes(kind) && (environment === undefined || environment === name);

  const environments = useList<EnvironmentView>(
    `environments?name=${here}`,
    about("environment", "cluster", "application"),
  );
  const promotions = useList<PromotionView>(`promotions?environment=${here}`, about("promotion"));
  const rollouts = useList<RolloutView>(`rollouts?environment=${here}`, about("rollout"));
  const clusters = useList<ClusterView>(`clusters?environment=${here}`, about("cluster", "environment"));
  const applications = useList<ApplicationView>(`applications?environment=${here}`, about("cluster", "application"));

  // Changes of the environment itself; its clusters' reports name a cluster too.
  const ofItself = ({ kind, environment, cluster }: Change) =>
    kind === "environment" && cluster === undefined && (environment === undefined || environment === name);
  const ofItsBranch = (change: Change) =>
    change.kind === "promotion" ? change.environment === name : ofItself(change);
  const history = useList<PromotionRecordView>(`environments/${here}/history`, ofItsBranch);
  const revision = rollouts.value?.[0]?.revision ?? undefined;
  const planned = `environments/${here}/rollout/plan?revision=${revision}`;
  const plan = useRead<PlanAnswer>(revision === undefined ? undefined : planned, ofItself);
  const next = promotions.value?.[0]?.candidate ?? undefined;
  const changes = useRead<EnvironmentChanges>(
    next === undefined ? undefined : `environments/${here}/changes`,
    ofItsBranch,
  );

  const reads = [environments, promotions, rollouts, clusters, applications];
  const [environment] = environments.value ?? [];
  const isRead = reads.every(({ value }) => value !== undefined);
  return (
    <>
      <h1 tabIndex={-1}>{name}</h1>
      <Reading reads={reads} />
      {environment !== undefined && isRead ? (
        <Environment
          facts={{
            environment,
            promotion: promotions.value?.[0],
            rollout: rollouts.value?.[0],
            clusters: clusters.value ?? [],
            applications: applications.value ?? [],
            history: history.value ?? [],
            plan: plan.value,
            changes: changes.value,
          }}
        />
      ) : null}
      {environment === undefined && isRead ? (
        <Empty>
          No such environment: <code>fleet.yaml</code> at the root of the trunk names them.{" "}
          <a href="/">The overview shows those that there are.</a>
        </Empty>
      ) : null}
    </>
  );
}

export function Environment({ facts }: { readonly facts: EnvironmentFacts }) {
  const { environment, promotion, rollout, clusters, applications, history, plan, changes } = facts;
  const lane = laneOf(environment, {
    promotions: promotion === undefined ? [] : [promotion],
    rollouts: rollout === undefined ? [] : [rollout],
  });
  return (
    <div class="sections">
      <div>
        <section class={`card lane ${lane.tone}`} aria-label="Where it stands">
          <header>
            <Badge tone={lane.tone}>{lane.state}</Badge>
            <Actions actions={actionsOf(environment.name, promotion, rollout)} />
          </header>
          <Standing lane={lane} />
          <Said sentence={lane.sentence} />
          <Stops stops={lane.stops} />
          {environment.problems.map((problem) => (
            <p key={placed(problem)} class={`callout ${problem.severity === "error" ? "bad" : "warn"}`}>
              {placed(problem)}
            </p>
          ))}
          <Counts of={environment.clusters} />
        </section>
        {promotion === undefined ? null : <PromotionSection promotion={promotion} changes={changes} />}
        {promotion === undefined ? null : <PastPromotions records={history} />}
      </div>
      <div>
        {rollout === undefined || rollout.revision === null ? null : (
          <RolloutSection rollout={rollout} plan={plan} clusters={clusters} />
        )}
        <ApplicationsSection environment={environment.name} applications={applications} />
      </div>
      <section class="card wide" aria-labelledby="clusters">
        <h2 id="clusters">Clusters</h2>
        {clusters.length === 0 ? (
          <Empty>
            None has the labels that fleet.yaml asks for: <code>drover cluster join NAME -l KEY=VALUE</code> connects
            one, <code>drover cluster label NAME KEY=VALUE</code> changes one.
          </Empty>
        ) : (
          <ClusterGroups groups={groupClusters(clusters, environment.name)} environment={environment.name} />
        )}
      </section>
    </div>
  );
}
