/** What the hub asks agents on demand, and what they answer. Answers travel as lines of JSON; secret values never do. */
import type { Digest } from "./digest.ts";
import type { HookPhase } from "./hook.ts";
import type { Manifest, ObjectRef } from "./object-ref.ts";

/** What an agent says that it can answer. */
export const questionKinds = ["show", "dry-run", "logs", "events", "job"] as const;

export type Question = Inspection | JobQuestion;
/** Changes nothing in the cluster. */
export type Inspection = ShowQuestion | DryRunQuestion | LogsQuestion | EventsQuestion;

/** Answered by one Manifest. */
export interface ShowQuestion {
  readonly kind: "show";
  readonly environment: string;
  readonly ref: ObjectRef;
  readonly managedFields: boolean;
}

/** Answered by one ClusterDiff. */
export interface DryRunQuestion {
  readonly kind: "dry-run";
  readonly environment: string;
  /** Root of the content to compare with; undefined: what is assigned now. */
  readonly root: Digest | undefined;
  /** Empty: all. */
  readonly applications: readonly string[];
}

/** Answered by LogLines, as they come. */
export interface LogsQuestion {
  readonly kind: "logs";
  readonly environment: string;
  readonly application: string;
  /** "NAME" of a pod, "KIND/NAME" of an object; "": every pod. */
  readonly target: string;
  /** "": every container. */
  readonly container: string;
  readonly follow: boolean;
  readonly previous: boolean;
  /** Lines from the end; 0: all. */
  readonly tail: number;
  /** 0: all. */
  readonly sinceSeconds: number;
}

/** Answered by one list of ObjectEvents, oldest first. */
export interface EventsQuestion {
  readonly kind: "events";
  readonly environment: string;
  /** "": all. */
  readonly application: string;
}

/** Answered by JobReports as it goes, the last one about its end. Whoever stops listening leaves the Job alone. */
export interface JobQuestion {
  readonly kind: "job";
  /** Encoded JobOrder, and the hub's signature for it. */
  readonly order: Uint8Array;
  readonly signature: Uint8Array;
}

/** A Job that one cluster is to run for a gate; its name stands for one attempt at that gate. */
export interface JobOrder {
  readonly cluster: string;
  readonly environment: string;
  readonly job: Manifest;
  /** It is to be ended and removed. */
  readonly stop: boolean;
}

export interface JobReport {
  readonly state: "running" | "succeeded" | "failed";
  /** What Kubernetes says about it, in a line. */
  readonly message: string;
  /** Its last lines, once it has ended. */
  readonly log: readonly string[];
}

/** One field that applying would change; an absent side: the field is not there. */
export interface FieldChange {
  /** "spec.template.spec.containers[name=web].image". */
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

export const diffActions = ["add", "change", "prune", "keep"] as const;
export type DiffAction = (typeof diffActions)[number];

/** What applying would do to one object. */
export interface ObjectDiff extends ObjectRef {
  readonly application: string;
  /** "keep": Git has it no more, but it stays, see `reason`. */
  readonly action: DiffAction;
  /** Where it is written: "apps/shop/deployment.yaml:12"; "" when unknown. */
  readonly source: string;
  /** Of a change. */
  readonly fields: readonly FieldChange[];
  /** Of an addition: what would be written. */
  readonly object?: Manifest;
  readonly reason?: string;
  /** Managers whose fields become ours, as Git is to say all of it: what of them Git does not say goes. */
  readonly takenFrom?: readonly string[];
  /** The whole diff was too large: fields and object are left out. */
  readonly truncated?: true;
}

export const hookActions = ["run", "delete"] as const;
type HookAction = (typeof hookActions)[number];

/** What applying would do with one hook. Hooks are run, not kept: none of this is drift. */
export interface HookDiff extends ObjectRef {
  readonly application: string;
  /** "run": made and run; "delete": what an earlier run left is taken away. */
  readonly action: HookAction;
  /** Of a run. */
  readonly phase?: HookPhase;
  /** Where it is written: "apps/shop/migrate.yaml:1"; "" when unknown. */
  readonly source: string;
  readonly reason?: string;
}

/** Why nothing can be said of an application or of one of its objects. */
export interface DiffError {
  readonly application: string;
  readonly object?: ObjectRef;
  readonly message: string;
}

/** Desired against live on one cluster, in order of application and object. */
export interface ClusterDiff {
  /** Objects that applying would not change. */
  readonly identical: number;
  readonly objects: readonly ObjectDiff[];
  /** In the order in which they would be run, by application; absent: the agent is too old to say. */
  readonly hooks?: readonly HookDiff[];
  readonly errors: readonly DiffError[];
}

/** "failed": something could not be compared or rendered; "unknown": the cluster did not answer. */
export type DiffState = "identical" | "different" | "failed" | "unknown";

/** Clusters on which applying would do the same. */
export interface DiffGroup extends Pick<ClusterDiff, "objects" | "hooks" | "errors"> {
  readonly state: Exclude<DiffState, "unknown">;
  /** Of what differs and what went wrong. */
  readonly digest: Digest;
  readonly clusters: readonly string[];
}

/** Desired against live on all clusters of an environment. */
export interface FleetDiff {
  readonly environment: string;
  /** Commit that live was compared with; null when nothing is assigned. */
  readonly revision: string | null;
  readonly summary: Readonly<Record<DiffState, number>>;
  /** Largest first. */
  readonly groups: readonly DiffGroup[];
  readonly unknown: readonly { readonly cluster: string; readonly reason: string }[];
}

export const logChanges = ["joined", "ended", "waiting"] as const;
type LogChange = (typeof logChanges)[number];

/** Lines of one container that came together, or why there are none. */
export interface LogLines {
  /** "" where something is said of all pods. */
  readonly pod: string;
  readonly container: string;
  readonly lines: readonly string[];
  readonly error?: string;
  /** Of logs that are followed: a run of the container is read from now on, has ended, or is waited for. */
  readonly change?: LogChange;
  /** Why; "" when there is nothing to say. */
  readonly reason?: string;
}

/** A Kubernetes event. */
export interface ObjectEvent {
  readonly application: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** "Normal" or "Warning". */
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  /** ISO 8601. */
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** Who says it: "deployment-controller". */
  readonly from: string;
}
