import type {
  ApplicationBody,
  ApplicationStatus,
  AssignedObject,
  BlockedPrune,
  HealthState,
  ObjectRef,
  ObjectStatus,
  SyncState,
} from "../../common/domain/index.ts";
import { type Contest, noContest } from "../observe/index.ts";
import type { Front, LeftAlone, Waiting } from "../plan/index.ts";
import { createTally, type Tally } from "./tally.ts";

/** What the loop knows about one object that an application wants. Changed in place: one per object, for as long as it is wanted. */
export interface ObjectState {
  readonly key: string;
  readonly ref: ObjectRef;
  readonly application: string;
  assigned: AssignedObject;
  /** Why the newest attempt failed; empty when it did not. */
  error: string;
  /** Another application has it: nothing is tried until that changes. */
  isRefused: boolean;
  /** Why it is neither written nor compared; "present": it was to be created only, and is somebody else's. */
  left: LeftAlone | "present";
  /** It was deleted to be created again, and may not be gone yet. */
  isGoing: boolean;
  attempt: number;
  /** Not to be tried before; milliseconds since 1970. */
  retryAt: number;
  /** What stands in the way of being in sync although it was written; empty when nothing does. */
  drift: string;
  contest: Contest;
  pausedUntil: number;
  /** Version that was found different and left so; "gone" when it was absent. */
  leftAt: string;
  /** What people have of it and was found to be fine, as `additionsKey`. */
  additionsLeft: string;
  /** A finished Job that its time to live removed. */
  isDoneAndGone: boolean;
  /** As reported last. */
  status: ObjectStatus | undefined;
  isApplied: boolean;
  reportedDrift: boolean;
}

/** How far an application is that goes into the cluster step by step. */
export interface StepsState {
  /** It has waves or hooks: its objects are not all written at once. */
  isStaged: boolean;
  hasHooks: boolean;
  /** Hooks for its newest content are still to be run. */
  isPending: boolean;
  /** Some run now. */
  isGoing: boolean;
  hasFailed: boolean;
  /** What failed is to be tried again. */
  isRetry: boolean;
  /** Why its hooks cannot be worked on; empty when they can. */
  fault: string;
  /** Where it is; undefined before that was found out, and for what is not staged. */
  front: Front | undefined;
  /** What runs and what failed, for people. */
  lines: readonly string[];
  /** Objects of hooks that are being watched. */
  keys: ReadonlySet<string>;
}

/** What the loop knows about one application. */
export interface ApplicationState {
  readonly name: string;
  /** Undefined: it vanished from the assignment, or is held and was never seen. */
  body: ApplicationBody | undefined;
  /** Why the hub holds it; undefined when it does not. */
  heldReason: string | undefined;
  /** Why nothing of it can be applied; empty when it can. */
  fault: string;
  readonly objects: Map<string, ObjectState>;
  readonly health: Tally<HealthState>;
  readonly sync: Tally<SyncState>;
  /** Messages of its objects by key, oldest first. */
  readonly problems: Map<string, string>;
  unapplied: number;
  drifted: number;
  /** Stale objects that stay, from the newest plan. */
  waiting: readonly Waiting[];
  /** What they were reported as, by key. */
  readonly waitingStatuses: Map<string, ObjectStatus>;
  /** Deletes that need somebody's word, from the newest plan; undefined before the first. */
  blocked: BlockedPrune | null | undefined;
  /** Why stale objects could not be deleted, by key. */
  readonly pruneErrors: Map<string, string>;
  pruneAttempt: number;
  /** With its becoming healthy: "over" when it took longer than its policy allows. */
  patience: "idle" | "running" | "over";
  isSettled: boolean;
  readonly steps: StepsState;
  status: ApplicationStatus | undefined;
}

export function createObjectState(application: string, key: string, assigned: AssignedObject): ObjectState {
  return {
    key,
    ref: assigned.ref,
    application,
    assigned,
    error: "",
    isRefused: false,
    left: "",
    isGoing: false,
    attempt: 0,
    retryAt: 0,
    drift: "",
    contest: noContest,
    pausedUntil: 0,
    leftAt: "",
    additionsLeft: "",
    isDoneAndGone: false,
    status: undefined,
    isApplied: false,
    reportedDrift: false,
  };
}

export function createApplicationState(name: string): ApplicationState {
  return {
    name,
    body: undefined,
    heldReason: undefined,
    fault: "",
    objects: new Map(),
    health: createTally(),
    sync: createTally(),
    problems: new Map(),
    unapplied: 0,
    drifted: 0,
    waiting: [],
    waitingStatuses: new Map(),
    blocked: undefined,
    pruneErrors: new Map(),
    pruneAttempt: 0,
    patience: "idle",
    isSettled: false,
    steps: {
      isStaged: false,
      hasHooks: false,
      isPending: false,
      isGoing: false,
      hasFailed: false,
      isRetry: false,
      fault: "",
      front: undefined,
      lines: [],
      keys: new Set(),
    },
    status: undefined,
  };
}
