import type { ClusterView, RolloutView } from "../../../common/domain/index.ts";
import { rolloutNews } from "../rollout-news.ts";
import { clusterPath } from "../route.ts";
import type { Tone } from "../tone.ts";
import { type PlanAnswer, waveMembers } from "../wave-members.ts";
import { Age } from "./age.tsx";
import { Badge } from "./badge.tsx";
import { Limited } from "./limited.tsx";
import { Revision } from "./revision.tsx";
import { Unfold } from "./unfold.tsx";
import { Waves } from "./waves.tsx";

export interface RolloutSectionProps {
  readonly rollout: RolloutView;
  readonly plan: PlanAnswer | undefined;
  readonly clusters: readonly ClusterView[];
}

/** How a commit goes through the environment's clusters. */
export function RolloutSection({ rollout, plan, clusters }: RolloutSectionProps) {
  const news = rolloutNews(rollout);
  return (
    <section class="card" aria-labelledby="rollout">
      <header class="row">
        <h2 id="rollout">
          {rollout.kind === "rollback" ? "Rollback to" : "Rollout of"} <Revision of={rollout.revision} />
        </h2>
        <Badge tone={news.tone}>{news.state}</Badge>
      </header>
      <p class="faint">
        <Age at={rollout.startedAt} before="Started " after=" ago" />, released so far{" "}
        <Revision of={rollout.released} />
        {rollout.queue.length === 0 ? null : <>, {rollout.queue.length} more in the queue</>}
      </p>
      <Waves
        waves={rollout.waves}
        details={(wave) => {
          const members = waveMembers(plan, wave, clusters, rollout.environment);
          return members.length === 0 ? null : (
            <Unfold summary="Clusters" open={members.length <= 12}>
              {() => (
                <Limited items={members} most={60} what="clusters">
                  {(shown) => (
                    <ul class="names">
                      {shown.map(({ name, kind, tone }) => (
                        <li key={name}>
                          <a href={clusterPath(name)} title={kind}>
                            <Badge tone={tone}>{name}</Badge>
                          </a>
                        </li>
                      ))}
                    </ul>
                  )}
                </Limited>
              )}
            </Unfold>
          );
        }}
      />
      <Said rollout={rollout} />
      <History rollout={rollout} />
    </section>
  );
}

const gateTones: Readonly<Record<RolloutView["gates"][number]["state"], Tone>> = {
  failed: "bad",
  pending: "warn",
  running: "busy",
  passed: "good",
};

/** Gates, failures, what catches up later, and what is not to be taken again. */
function Said({
  rollout: { gates, failures, debt, quarantine, heldBack, hold },
}: Pick<RolloutSectionProps, "rollout">) {
  return (
    <>
      {failures.length === 0 ? null : (
        <>
          <h3>Failed</h3>
          <ul class="said">
            {failures.map(({ cluster, wave, message }) => (
              <li key={`${wave} ${cluster}`}>
                <a href={clusterPath(cluster)}>{cluster}</a> in {wave}: <span class="message">{message}</span>
              </li>
            ))}
          </ul>
        </>
      )}
      {gates.length === 0 ? null : (
        <>
          <h3>Gates</h3>
          <ul class="said">
            {gates.map(({ wave, when, name, state, message, since, approvedBy }) => (
              <li key={`${wave} ${when} ${name}`}>
                <Badge tone={gateTones[state]}>{state}</Badge> {name} {when} {wave}
                {message === "" ? null : `: ${message}`}
                {approvedBy.length === 0 ? null : `, approved by ${approvedBy.join(", ")}`}{" "}
                <Age at={since} before="(for " after=")" />
              </li>
            ))}
          </ul>
        </>
      )}
      {debt.length === 0 ? null : (
        <>
          <h3>Later</h3>
          <Limited items={debt} most={10} what="clusters">
            {(shown) => (
              <ul class="said">
                {shown.map(({ cluster, reason, since }) => (
                  <li key={cluster}>
                    <a href={clusterPath(cluster)}>{cluster}</a>: {reason} <Age at={since} before="(for " after=")" />
                  </li>
                ))}
              </ul>
            )}
          </Limited>
        </>
      )}
      {hold === null ? null : (
        <p class="callout warn">
          Held by {hold.by} <Age at={hold.since} before="for " />: {hold.reason}
          {heldBack === null ? null : (
            <>
              ; <Revision of={heldBack} /> waits
            </>
          )}
        </p>
      )}
      {quarantine.map(({ revision, reason, since }) => (
        <p key={revision} class="callout quiet">
          <Revision of={revision} /> is not taken again: {reason} <Age at={since} before="(for " after=")" />
        </p>
      ))}
    </>
  );
}

function History({ rollout: { history } }: Pick<RolloutSectionProps, "rollout">) {
  if (history.length === 0) return null;
  return (
    <Unfold summary={`History, ${history.length} steps`}>
      {() => (
        <Limited items={history.toReversed()} most={20} what="steps">
          {(shown) => (
            <div class="scroll">
              <table>
                <thead>
                  <tr>
                    <th scope="col">When</th>
                    <th scope="col">Commit</th>
                    <th scope="col">What</th>
                    <th scope="col">By</th>
                    <th scope="col">Why</th>
                  </tr>
                </thead>
                <tbody>
                  {shown.map(({ at, revision, what, actor, reason }, index) => (
                    <tr key={history.length - index}>
                      <td>
                        <Age at={at} after=" ago" />
                      </td>
                      <td>
                        <Revision of={revision} />
                      </td>
                      <td>{what}</td>
                      <td>{actor}</td>
                      <td class="message">{reason}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </Limited>
      )}
    </Unfold>
  );
}
