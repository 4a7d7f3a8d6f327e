import { expect, test } from "vitest";
import type { ClusterView } from "../../common/domain/index.ts";
import { cellAt, fleetMap } from "./fleet-map.ts";
import { sampleClusters } from "./sample-fleet.ts";

const [fine, failing] = sampleClusters;

test("fleetMap() draws a path for each tone", () => {
  expect(fleetMap([fine, failing, fine], undefined)).toEqual({
    columns: 3,
    rows: 1,
    paths: [
      { tone: "bad", d: "M1 0h0.82v0.82h-0.82z" },
      { tone: "good", d: "M0 0h0.82v0.82h-0.82zM2 0h0.82v0.82h-0.82z" },
    ],
  });
});

test("fleetMap() needs no more elements for 5,000 clusters, and each is found where it is drawn", () => {
  const clusters: readonly ClusterView[] = Array.from({ length: 5_000 }, (_, index) =>
    index === 4_321 ? failing : fine,
  );
  const map = fleetMap(clusters, undefined);
  expect([map.columns, map.rows, map.paths.map(({ tone }) => tone)]).toEqual([125, 40, ["bad", "good"]]);
  const [, x, y] = /M(\d+) (\d+)/.exec(map.paths[0]?.d ?? "") ?? [];
  expect(cellAt(map, (Number(x) + 0.4) / map.columns, (Number(y) + 0.4) / map.rows)).toBe(4_321);
  expect([cellAt(map, 0, 0), cellAt(map, 1, 0), cellAt(map, 0, -0.1)]).toEqual([0, undefined, undefined]);
});
