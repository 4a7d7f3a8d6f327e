import { digestOf } from "../../common/domain/index.ts";
import type { FleetState } from "../desk/index.ts";
import type { Revision } from "../ports.ts";
import type { Evidence } from "../promotion/index.ts";
import type { FleetQueries } from "../surfaces.ts";

/** How an environment's clusters do with the commit that it is at, by their own reports. */
export interface Look extends Evidence {
  readonly revision: Revision | undefined;
  /** Stands for what all its clusters are to run: equal as long as no commit alters it. */
  readonly content: string;
  /** Clusters that run it and are degraded. */
  readonly degraded: number;
}

export function lookAt(state: FleetState, clusters: FleetQueries["clusters"], environment: string): Look {
  const known = state.environments.get(environment);
  const revision = known?.revision;
  // Clusters run well what is left when a part of the commit could not be used: that proves nothing for the commit.
  const own = [
    ...(known?.problems ?? []),
    ...[...(known?.applications.values() ?? [])].flatMap((each) => each.problems),
  ];
  const refused = own.find(({ severity }) => severity === "error");
  const contents: string[] = [];
  const counts = { clusters: 0, well: 0, offline: 0, drifted: 0, degraded: 0 };
  let trouble = refused === undefined ? "" : refused.message;
  for (const cluster of clusters({ environment })) {
    const view = cluster.environments.find(({ name }) => name === environment);
    if (view === undefined) continue;
    counts.clusters++;
    contents.push(`${cluster.name} ${state.offers.get(cluster.name)?.get(environment)?.header.digest}`);
    if (view.drifted > 0) counts.drifted++;
    const runsIt = view.revision === revision && view.sync === "Synced";
    if (view.revision === revision && view.health === "Degraded") counts.degraded++;
    if (!cluster.connected) counts.offline++;
    else if (refused === undefined && runsIt && view.health === "Healthy" && view.drifted === 0) counts.well++;
    else if (trouble === "") {
      const what = runsIt ? view.health : `${view.sync}, ${view.health}`;
      trouble = `cluster "${cluster.name}" is ${what}${view.message === "" ? "" : `: ${view.message.split("\n")[0]}`}`;
    }
  }
  return { ...counts, trouble, revision, content: digestOf(contents.join("\n")) };
}
