import type { ClusterView } from "../../../common/domain/index.ts";
import type { ClusterGroup } from "../cluster-groups.ts";
import { clusterPath } from "../route.ts";
import { Age } from "./age.tsx";
import { Badge } from "./badge.tsx";
import { Limited } from "./limited.tsx";
import { Revision } from "./revision.tsx";
import { Unfold } from "./unfold.tsx";

const most = 50;

/** Clusters by what they need: rows for those that need somebody, names for the others. */
export function ClusterGroups({ groups, environment }: ClusterGroupsProps) {
  return (
    <>
      {groups.map(({ kind, tone, title, clusters }) => (
        <Unfold
          key={kind}
          open={tone !== "good"}
          summary={
            <>
              <Badge tone={tone}>{clusters.length.toLocaleString("en")}</Badge> {title}
            </>
          }
        >
          {() =>
            tone === "good" ? (
              <Limited items={clusters} most={most * 10} what="clusters">
                {(shown) => <ClusterNames names={shown.map(({ name }) => name)} />}
              </Limited>
            ) : (
              <Limited items={clusters} most={most} what="clusters">
                {(shown) => <ClusterTable clusters={shown} title={title} environment={environment} />}
              </Limited>
            )
          }
        </Unfold>
      ))}
    </>
  );
}

interface ClusterGroupsProps {
  readonly groups: readonly ClusterGroup[];
  /** Undefined: what they are in all of theirs. */
  readonly environment?: string;
}

export function ClusterNames({ names }: { readonly names: readonly string[] }) {
  return (
    <ul class="names">
      {names.map((name) => (
        <li key={name}>
          <a href={clusterPath(name)}>{name}</a>
        </li>
      ))}
    </ul>
  );
}

function ClusterTable({ clusters, title, environment }: ClusterTableProps) {
  return (
    <div class="scroll">
      <table>
        <caption class="unseen">{title}</caption>
        <thead>
          <tr>
            <th scope="col">Cluster</th>
            {environment === undefined ? <th scope="col">Environment</th> : null}
            <th scope="col">Runs</th>
            <th scope="col">Sync, health</th>
            <th scope="col">Last seen</th>
            <th scope="col">What it says</th>
          </tr>
        </thead>
        <tbody>{clusters.flatMap((cluster) => rowsOf(cluster, environment))}</tbody>
      </table>
    </div>
  );
}

interface ClusterTableProps {
  readonly clusters: readonly ClusterView[];
  readonly title: string;
  readonly environment: string | undefined;
}

function rowsOf(cluster: ClusterView, environment: string | undefined) {
  const { name, connected, lastSeen } = cluster;
  const views = cluster.environments.filter((each) => environment === undefined || each.name === environment);
  const head = (
    <th scope="row">
      <a href={clusterPath(name)}>{name}</a>
    </th>
  );
  const seen = <td>{connected ? "connected" : <Age at={lastSeen} after=" ago" />}</td>;
  if (views.length === 0) {
    return [
      <tr key={name}>
        {head}
        <td colSpan={environment === undefined ? 3 : 2} />
        {seen}
        <td />
      </tr>,
    ];
  }
  return views.map((view) => (
    <tr key={`${name} ${view.name}`}>
      {head}
      {environment === undefined ? <td>{view.name}</td> : null}
      <td>
        <Revision of={view.revision} />
      </td>
      <td>
        {view.sync}, {view.health}
        {view.drifted > 0 ? `, ${view.drifted} drifted` : ""}
      </td>
      {seen}
      <td class="message">{view.message}</td>
    </tr>
  ));
}
