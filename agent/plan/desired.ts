import type { ApplicationBody, DeleteBudget, Digest } from "../../common/domain/index.ts";
import type { Progress } from "./front.ts";

/** What is to be made true. */
export interface Desired {
  readonly environment: string;
  readonly applications: readonly PlannedApplication[];
  /** The applications that are not to be looked at: what they have counts in what the environment would lose. */
  others(): readonly PlannedApplication[];
  readonly absenceIsTrusted: boolean;
  /** How much may be lost at once. */
  readonly maxDeletes: DeleteBudget;
  /** The digest of the deletes of an application that somebody said yes to. */
  confirmed(application: string): Digest | undefined;
  /** Applications of the whole environment whose desired state has an object, in order. */
  claimants(key: string): readonly string[];
}

/** Part of the desired state of one application that the plan is to look at. */
export interface PlannedApplication {
  readonly name: string;
  /** Undefined: it vanished from the assignment, all it owns is stale. */
  readonly body: ApplicationBody | undefined;
  /** False: it waits for others or is held back, nothing new is written. */
  readonly mayApply: boolean;
  /** All its objects are applied and healthy, and nothing holds it: what is stale may go. */
  readonly mayPrune: boolean;
  /** What it is to have is unknown now: nothing of it is stale. */
  readonly isHeld: boolean;
  /** How far it is, for one that goes into the cluster step by step. */
  readonly progress?: Progress | undefined;
}
