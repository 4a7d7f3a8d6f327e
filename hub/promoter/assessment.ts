import type { Environment, Problem } from "../../common/domain/index.ts";
import type { FleetState } from "../desk/index.ts";
import type { Revision } from "../ports.ts";
import type { Change, Gate } from "../promotion/index.ts";
import type { FleetQueries } from "../surfaces.ts";
import type { BranchSight } from "./branch-watch.ts";
import type { Checks } from "./checks.ts";
import type { Coverage } from "./coverage.ts";
import type { NextTip } from "./next-tip.ts";
import type { PromotionRecord, Proof } from "./promotion-record.ts";
import type { TrunkLine } from "./trunk-line.ts";
import type { WayDependencies } from "./way.ts";

export interface AssessDependencies extends WayDependencies {
  readonly state: FleetState;
  readonly clusters: FleetQueries["clusters"];
  readonly coverage: Coverage;
  readonly checks: Checks;
  /** What is known of the candidate at the forge. */
  readonly gatesAtForge: (environment: Environment, candidate: Change) => readonly Gate[];
}

export interface AssessRequest {
  readonly environment: Environment;
  readonly records: ReadonlyMap<string, PromotionRecord>;
  readonly line: TrunkLine;
  readonly now: number;
  /** This hub has looked before: the time since then was watched. */
  readonly isContinuous: boolean;
  /** How the branch is. */
  readonly sight: BranchSight;
  /** Somebody chose this one. */
  readonly revision?: Revision | undefined;
}

/** What may go into an environment, and what stands in the way. */
export interface Assessment {
  readonly upstreams: PromotionRecord["upstreams"];
  /** News: upstream environments have finished with these commits. */
  readonly proofs: readonly Proof[];
  /** Tip of the branch; undefined while there is none. */
  readonly tip: Revision | undefined;
  /** What goes next; undefined when nothing newer waits. */
  readonly candidate: Change | undefined;
  /** How the branch comes to have it, and the commit that it moves to where that was made before. */
  readonly next: NextTip;
  readonly made: Revision | undefined;
  /** Stands for what the branch would say then. */
  readonly content: string;
  /** What would go next, but that the branch says the same already: by the commits that upstream has finished with, or by request. */
  readonly same: Change | undefined;
  readonly gates: readonly Gate[];
  /** Of the branch. */
  readonly problems: readonly Problem[];
}
