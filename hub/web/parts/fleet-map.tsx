import { useSignal } from "@preact/signals";
import type { TargetedMouseEvent } from "preact";
import type { ClusterView } from "../../../common/domain/index.ts";
import { groupClusters } from "../cluster-groups.ts";
import { cellAt, fleetMap } from "../fleet-map.ts";
import { clusterPath } from "../route.ts";

export interface FleetMapProps {
  readonly clusters: readonly ClusterView[];
  readonly environment: string | undefined;
  readonly open: (path: string) => void;
}

/** All clusters at a glance, a square each; the lists beside it say the same in words. */
export function FleetMap({ clusters, environment, open }: FleetMapProps) {
  const pointed = useSignal<string | undefined>(undefined);
  const map = fleetMap(clusters, environment);
  const groups = groupClusters(clusters, environment);
  const summary = groups.map((group) => `${group.clusters.length} ${group.title.toLowerCase()}`).join(", ");

  function clusterAt(event: TargetedMouseEvent<SVGSVGElement>): string | undefined {
    const box = event.currentTarget.getBoundingClientRect();
    const index = cellAt(map, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
    return index === undefined ? undefined : clusters[index]?.name;
  }

  return (
    <figure class="map">
      <figcaption>
        <strong>{environment ?? "in no environment"}</strong> <span class="faint">{pointed.value ?? summary}</span>
      </figcaption>
      <svg
        viewBox={`0 0 ${map.columns} ${map.rows}`}
        width={map.columns * 12}
        role="img"
        aria-label={`${environment ?? "In no environment"}: ${summary}`}
        onMouseMove={(event) => {
          pointed.value = clusterAt(event);
        }}
        onMouseLeave={() => {
          pointed.value = undefined;
        }}
        onClick={(event) => {
          const name = clusterAt(event);
          if (name !== undefined) open(clusterPath(name));
        }}
      >
        {map.paths.map(({ tone, d }) => (
          <path key={tone} class={tone} d={d} />
        ))}
      </svg>
    </figure>
  );
}
