import type { FleetState } from "../desk/index.ts";
import type { Candidates } from "../pipeline/index.ts";
import type { AgentServer } from "../ports.ts";
import type { FleetQueries } from "../surfaces.ts";

export interface InspectionDependencies {
  readonly state: FleetState;
  readonly queries: Pick<FleetQueries, "objects">;
  readonly clustersOf: (environment: string) => readonly string[];
  readonly candidates: () => Candidates;
  readonly agents: () => Pick<AgentServer, "ask">;
}
