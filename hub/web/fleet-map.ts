import type { ClusterView } from "../../common/domain/index.ts";
import { clusterKind, kindTone } from "./cluster-groups.ts";
import { type Tone, tones } from "./tone.ts";

/** Clusters as squares in rows: one path for each tone, however many clusters there are. */
export interface FleetMap {
  readonly columns: number;
  readonly rows: number;
  readonly paths: readonly { readonly tone: Tone; readonly d: string }[];
}

const mostColumns = 125;
/** In units of the drawing; a cell is one unit. */
const square = 0.82;

export function fleetMap(clusters: readonly ClusterView[], environment: string | undefined): FleetMap {
  const columns = Math.max(1, Math.min(mostColumns, clusters.length));
  const parts = new Map<Tone, string[]>(tones.map((tone) => [tone, []]));
  clusters.forEach((cluster, index) => {
    const [x, y] = [index % columns, Math.floor(index / columns)];
    parts.get(kindTone(clusterKind(cluster, environment)))?.push(`M${x} ${y}h${square}v${square}h-${square}z`);
  });
  return {
    columns,
    rows: Math.ceil(clusters.length / columns),
    paths: [...parts].filter(([, own]) => own.length > 0).map(([tone, own]) => ({ tone, d: own.join("") })),
  };
}

/** Of the cluster at a point, from 0 to 1 of the drawing's width and height; undefined beyond the last. */
export function cellAt({ columns, rows }: FleetMap, across: number, down: number): number | undefined {
  if (across < 0 || across >= 1 || down < 0 || down >= 1) return undefined;
  return Math.floor(down * rows) * columns + Math.floor(across * columns);
}
