import type { ApplicationView } from "../../../common/domain/index.ts";
import { type ApplicationFailure, type ApplicationGroup, groupApplications } from "../application-groups.ts";
import { counted, named } from "../words.ts";
import { Badge } from "./badge.tsx";
import { ClusterNames } from "./cluster-table.tsx";
import { Limited } from "./limited.tsx";
import { Empty } from "./notice.tsx";
import { Unfold } from "./unfold.tsx";

export interface ApplicationsSectionProps {
  readonly environment: string;
  readonly applications: readonly ApplicationView[];
}

/** What runs, failing ones first; equal failures of many clusters are one. */
export function ApplicationsSection({ environment, applications }: ApplicationsSectionProps) {
  const groups = groupApplications(applications);
  return (
    <section class="card" aria-labelledby="applications">
      <h2 id="applications">Applications</h2>
      {groups.length === 0 ? (
        <Empty>
          None: each is an <code>application.yaml</code> in the repository, and a cluster must be in the environment.
        </Empty>
      ) : (
        <Limited items={groups} most={50} what="applications">
          {(shown) => (
            <ul class="plain">
              {shown.map((group) => (
                <li key={group.name}>
                  <Application group={group} environment={environment} />
                </li>
              ))}
            </ul>
          )}
        </Limited>
      )}
    </section>
  );
}

const most = 5;

function Application({ group, environment }: { readonly group: ApplicationGroup; readonly environment: string }) {
  const { name, tone, total, healthy, synced, drifted, failures, unconfirmed } = group;
  return (
    <article class="application">
      <header class="row">
        <h3>{name}</h3>
        <Badge tone={tone}>{failures[0]?.state ?? "Healthy"}</Badge>
        <span class="faint">
          {healthy} of {total} healthy, {synced} synced{drifted > 0 ? `, ${drifted} drifted` : ""}
        </span>
      </header>
      <Limited items={failures} most={most} what="different messages">
        {(shown) => shown.map((failure) => <Failure key={`${failure.state} ${failure.message}`} failure={failure} />)}
      </Limited>
      {unconfirmed === 0 ? null : (
        <p class="callout warn">
          {counted(unconfirmed, "deletion")} to be confirmed: <code>drover prune confirm {environment}</code>
        </p>
      )}
    </article>
  );
}

function Failure({ failure: { tone, state, message, clusters } }: { readonly failure: ApplicationFailure }) {
  return (
    <div class={`callout ${tone}`}>
      <p class="message">{message === "" ? state : message}</p>
      {clusters.length === 1 ? (
        <ClusterNames names={clusters} />
      ) : (
        <Unfold summary={`${counted(clusters.length, "cluster")}: ${named(clusters)}`}>
          {() => (
            <Limited items={clusters} most={200} what="clusters">
              {(names) => <ClusterNames names={names} />}
            </Limited>
          )}
        </Unfold>
      )}
    </div>
  );
}
