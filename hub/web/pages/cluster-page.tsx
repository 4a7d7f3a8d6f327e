import type { ComponentChildren } from "preact";
import type { ApplicationView, ClusterView, ObjectView } from "../../../common/domain/index.ts";
import { toneOf } from "../application-groups.ts";
import { clusterKind, kindTone } from "../cluster-groups.ts";
import type { Change } from "../event-stream.ts";
import { Age } from "../parts/age.tsx";
import { Badge } from "../parts/badge.tsx";
import { Limited } from "../parts/limited.tsx";
import { Empty, Reading } from "../parts/notice.tsx";
import { Revision } from "../parts/revision.tsx";
import { Unfold } from "../parts/unfold.tsx";
import { environmentPath } from "../route.ts";
import { byTone } from "../tone.ts";
import { useList } from "../use-read.ts";
import { displayRef } from "../words.ts";

export function ClusterPage({ name }: { readonly name: string }) {
  const here = encodeURIComponent(name);
  const isHere = ({ cluster }: Change) => cluster === undefined || cluster === name;
  const clusters = useList<ClusterView>(`clusters?cluster=${here}`, isHere);
  const applications = useList<ApplicationView>(`applications?cluster=${here}`, isHere);
  const reads = [clusters, applications];
  const [cluster] = clusters.value ?? [];
  return (
    <>
      <h1 tabIndex={-1}>{name}</h1>
      <Reading reads={reads} />
      {cluster === undefined ? null : <Cluster cluster={cluster} applications={applications.value ?? []} />}
      {clusters.value?.length === 0 ? (
        <Empty>
          No such cluster. <a href="/clusters">Those that there are</a>; <code>drover cluster join {name}</code> makes
          the command that connects it.
        </Empty>
      ) : null}
    </>
  );
}

export interface ClusterProps {
  readonly cluster: ClusterView;
  readonly applications: readonly ApplicationView[];
}

export function Cluster({ cluster, applications }: ClusterProps) {
  const { name, connected, lastSeen, labels, agentVersion, kubernetesVersion, identity } = cluster;
  const kind = clusterKind(cluster);
  const sorted = applications.toSorted((left, right) => byTone(toneOf(left), toneOf(right)));
  return (
    <div class="sections">
      <section class={`card lane ${kindTone(kind)}`} aria-label="Where it stands">
        <dl class="facts">
          <Fact name="Agent">
            {identity === "active" ? (
              connected ? (
                "connected"
              ) : (
                <Age at={lastSeen} before="offline, last seen " after=" ago" />
              )
            ) : (
              identity
            )}
            {agentVersion === "" ? "" : `, version ${agentVersion}`}
          </Fact>
          <Fact name="Kubernetes">{kubernetesVersion === "" ? "unknown" : kubernetesVersion}</Fact>
          <Fact name="Labels">
            {Object.entries(labels)
              .map(([key, value]) => `${key}=${value}`)
              .join(", ") || "none"}
          </Fact>
        </dl>
        {cluster.environments.map((each) => (
          <div key={each.name} class={`callout ${toneOf(each)}`}>
            <a href={environmentPath(each.name)}>{each.name}</a>: runs <Revision of={each.revision} />, {each.sync},{" "}
            {each.health}
            {each.message === "" ? null : <p class="message">{each.message}</p>}
          </div>
        ))}
      </section>
      <section class="card" aria-labelledby="applications">
        <h2 id="applications">Applications</h2>
        {sorted.length === 0 ? <Empty>None: it is in no environment with applications.</Empty> : null}
        <Limited items={sorted} most={50} what="applications">
          {(shown) => (
            <ul class="plain">
              {shown.map((application) => (
                <li key={`${application.environment} ${application.name}`} class="application">
                  <header class="row">
                    <h3>{application.name}</h3>
                    <Badge tone={toneOf(application)}>
                      {application.health === "Healthy" ? application.sync : application.health}
                    </Badge>
                    <span class="faint">{application.environment}</span>
                  </header>
                  {application.message === "" ? null : (
                    <p class={`callout message ${toneOf(application)}`}>{application.message}</p>
                  )}
                  <Unfold summary={`Objects (${application.objects})`}>
                    {() => <Objects cluster={name} application={application} />}
                  </Unfold>
                </li>
              ))}
            </ul>
          )}
        </Limited>
      </section>
    </div>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Objects({ cluster, application }: { readonly cluster: string; readonly application: ApplicationView }) {
  const { environment, name } = application;
  const query = new URLSearchParams({ environment, cluster, application: name });
  const objects = useList<ObjectView>(
    `objects?${query}`,
    (change) => change.cluster === cluster && (change.application === undefined || change.application === name),
  );
  return (
    <>
      <Reading reads={[objects]} />
      <Limited
        items={(objects.value ?? []).toSorted((left, right) => byTone(toneOf(left), toneOf(right)))}
        most={100}
        what="objects"
      >
        {(shown) => (
          <ul class="said">
            {shown.map((object) => (
              <li key={`${object.group} ${displayRef(object)}`}>
                <Badge tone={toneOf(object)}>{object.health === "Healthy" ? object.sync : object.health}</Badge>{" "}
                {displayRef(object)}
                {object.message === "" ? null : <span class="message">: {object.message}</span>}
              </li>
            ))}
          </ul>
        )}
      </Limited>
    </>
  );
}
