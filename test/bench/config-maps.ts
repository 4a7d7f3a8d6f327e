import type { ControlPlane } from "../controlplane/index.ts";
import { applicationYaml, fleetYaml } from "../e2e/files.ts";
import { startFleet } from "../e2e/fleet.ts";
import { settled } from "./idle-agent.ts";
import { createRawApi } from "./raw-api.ts";
import type { Measurement } from "./report.ts";
import { configMap } from "./thousand-objects.ts";
import { pushUntilHealthy, untilHealthy } from "./until-healthy.ts";

const inFlight = 32;

/** One application of that many ConfigMaps of 0.5 KB, through hub and agent: made, all of them changed, and what the agent weighs. */
export function configMaps(count: number): (plane: ControlPlane) => Promise<readonly Measurement[]> {
  return async (plane) => {
    const raw = createRawApi(plane);
    const fleet = await startFleet({
      clusters: { bench: { plane, labels: { environment: "dev" } } },
      files: {
        "fleet.yaml": fleetYaml([{ name: "dev", branch: "main", labels: { environment: "dev" } }]),
        "apps/maps/application.yaml": applicationYaml("maps", { path: "manifests" }),
        ...files(1, "first"),
      },
    });

    function maps(prefix: string, upTo: number, value: string) {
      return Array.from({ length: upTo }, (_, index) => ({
        ...configMap(`${prefix}-${index}`, { bench: prefix }),
        data: { value, text: "x".repeat(400) },
      }));
    }

    function files(upTo: number, value: string) {
      return Object.fromEntries(
        maps("map", upTo, value).map((map) => [`apps/maps/manifests/${map.metadata.name}.json`, JSON.stringify(map)]),
      );
    }

    try {
      await untilHealthy(fleet, await fleet.work.head());
      const createFloor = await raw.applyAll(maps("floor", count, "first"), inFlight);
      const created = await pushUntilHealthy(fleet, files(count, "first"), "Create them all");
      const changeFloor = await raw.applyAll(maps("floor", count, "second"), inFlight);
      const changed = await pushUntilHealthy(fleet, files(count, "second"), "Change them all");
      await raw.deleteAll("bench=floor");
      const agent = fleet.agent("bench");
      const afterwards = await settled(agent.pid);
      await agent.stop();
      await agent.start();
      await untilHealthy(fleet, await fleet.work.head());
      const restarted = await settled(agent.pid);
      const floorIs = `raw PATCHes, ${inFlight} in flight`;
      const ofAll = `${count} ConfigMaps of 0.5 KB`;
      return [
        { what: `push accepted → ${ofAll} made and healthy`, unit: "ms", floor: createFloor, floorIs, ours: created },
        {
          what: `push accepted → all ${count} changed and healthy`,
          unit: "ms",
          floor: changeFloor,
          floorIs,
          ours: changed,
          ...(count === 1_000 ? { aim: 2_500 } : {}),
        },
        { what: `RSS of the idle agent after that`, unit: "MB", ours: afterwards, aim: 120 },
        { what: `RSS of the idle agent, restarted`, unit: "MB", ours: restarted, aim: 120 },
      ];
    } finally {
      await fleet.stop();
      await raw.close();
    }
  };
}
