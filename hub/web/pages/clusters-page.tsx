import { useSignal } from "@preact/signals";
import type { ClusterView } from "../../../common/domain/index.ts";
import { clustersByEnvironment, groupClusters, searchClusters } from "../cluster-groups.ts";
import type { Change } from "../event-stream.ts";
import { goTo } from "../navigation.ts";
import { ClusterGroups } from "../parts/cluster-table.tsx";
import { FleetMap } from "../parts/fleet-map.tsx";
import { Empty, Reading } from "../parts/notice.tsx";
import { useList } from "../use-read.ts";
import { counted } from "../words.ts";

const ofClusters = ({ kind }: Change) => kind === "cluster" || kind === "environment" || kind === "drift";

export function ClustersPage() {
  const clusters = useList<ClusterView>("clusters", ofClusters);
  return (
    <>
      <h1 tabIndex={-1}>Clusters</h1>
      <Reading reads={[clusters]} />
      {clusters.value === undefined ? null : <Clusters clusters={clusters.value} open={goTo} />}
    </>
  );
}

export interface ClustersProps {
  readonly clusters: readonly ClusterView[];
  readonly open: (path: string) => void;
}

export function Clusters({ clusters, open }: ClustersProps) {
  const words = useSignal("");
  if (clusters.length === 0) {
    return (
      <Empty>
        No clusters yet: <code>drover cluster join NAME -l environment=dev</code> prints the command that connects one.
      </Empty>
    );
  }
  const found = searchClusters(clusters, words.value);
  return (
    <>
      <p>
        <label>
          Find{" "}
          <input
            type="search"
            placeholder="name, environment or label=value"
            value={words.value}
            onInput={(event) => {
              words.value = event.currentTarget.value;
            }}
          />
        </label>{" "}
        <span role="status" class="faint">
          {found.length === clusters.length
            ? counted(clusters.length, "cluster")
            : `${found.length.toLocaleString("en")} of ${counted(clusters.length, "cluster")}`}
        </span>
      </p>
      <section class="maps" aria-label="Map">
        {clustersByEnvironment(found).map(({ environment, clusters: members }) => (
          <FleetMap key={environment ?? ""} clusters={members} environment={environment} open={open} />
        ))}
      </section>
      <ClusterGroups groups={groupClusters(found)} />
      {found.length === 0 ? <Empty>No cluster has all these words in its name, labels or environments.</Empty> : null}
    </>
  );
}
