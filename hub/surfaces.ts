/** What the hub shows and lets people do: the words between its surfaces (HTTP, CLI, metrics) and what stands behind them. */
import type {
  ApplicationView,
  ClusterDiff,
  ClusterView,
  DeliveryView,
  DiffState,
  Digest,
  DriftView,
  deliveryGroupings,
  EnvironmentChanges,
  EnvironmentView,
  FleetDiff,
  Freeze,
  LogLines,
  LogsQuestion,
  Manifest,
  ObjectEvent,
  ObjectView,
  Problem,
  PromotionRecordView,
  PromotionView,
  RolloutView,
} from "../common/domain/index.ts";
import type { Cancellable, Revision } from "./ports.ts";
import type { PlannedWave } from "./rollout/index.ts";

export interface ViewFilter {
  readonly environment?: string | undefined;
  readonly cluster?: string | undefined;
  readonly application?: string | undefined;
  readonly name?: string | undefined;
}

/** Reads of the whole fleet, from memory, in constant time per item. */
export interface FleetQueries {
  clusters(filter: ViewFilter): readonly ClusterView[];
  environments(filter: ViewFilter): readonly EnvironmentView[];
  applications(filter: ViewFilter): readonly ApplicationView[];
  objects(filter: ViewFilter): readonly ObjectView[];
  drift(filter: ViewFilter): readonly DriftView[];
  /** One per environment that something is promoted into. */
  promotions(filter: ViewFilter): readonly PromotionView[];
  /** One per environment with a rollout. */
  rollouts(filter: ViewFilter): readonly RolloutView[];
  /** What a rollout of a revision would do, before it starts. */
  rolloutPlan(environment: string, revision: string | undefined): Promise<RolloutPlan>;
  /** What `from`, or the environment before it, has that this one has not. */
  changes(environment: string, from: string | undefined): Promise<EnvironmentChanges>;
  /** How often, how fast and how well changes came into environments in the last `windowMs`. Of the filter the environment counts. */
  deliveries(
    filter: ViewFilter,
    options: { readonly windowMs: number; readonly by: (typeof deliveryGroupings)[number] },
  ): Promise<readonly DeliveryView[]>;
  /** In force now. */
  freezes(filter: ViewFilter): readonly Freeze[];
  /** Promotions into an environment and rollbacks, newest first. */
  history(environment: string): readonly PromotionRecordView[];
  /** Who may use the API besides the administrator. */
  tokens(): readonly PersonToken[];
  /** Problems of fleet.yaml and of the repository itself. */
  problems(): readonly Problem[];
  /** Clusters there are, and those with an open stream. */
  totals(): { readonly clusters: number; readonly connected: number };
  /** Ready: the first resolve has ended and the agent port is open. */
  ready(): { readonly ready: boolean; readonly reason: string };
}

export interface JoinResult {
  readonly name: string;
  readonly token: string;
  readonly expiresAt: string;
  /** Complete `drover-agent …` line. */
  readonly command: string;
}

export interface PromotionResult {
  readonly environment: string;
  readonly branch: string;
  readonly from: string | null;
  readonly to: string;
  /** False: the branch was there already, or waits for the pull request. */
  readonly moved: boolean;
  /** What has to be merged for it to move; absent: nothing. */
  readonly pullRequest?: string | undefined;
}

export const rolloutActions = [
  "pause",
  "resume",
  "abort",
  "retry",
  "skip-wave",
  "override",
  "hold",
  "release",
] as const;
export type RolloutAction = (typeof rolloutActions)[number];

export interface RolloutPlan {
  readonly environment: string;
  readonly revision: string;
  /** `startsAt` in ISO 8601, as far as can be told now. */
  readonly waves: readonly (Omit<PlannedWave, "startsAt"> & { readonly startsAt: string })[];
  /** From start to end, were each cluster to take a minute and approvals no time. */
  readonly expectedMs: number;
  /** Why it would not start, or what would surprise. */
  readonly problems: readonly string[];
}

export interface EnrolRequest {
  readonly token: string;
  readonly csr: string;
  readonly clusterUid: string;
  readonly agentVersion: string;
}

export interface EnrolResponse {
  readonly cluster: string;
  readonly certificate: string;
  readonly ca: string;
  readonly assignmentKey: string;
  /** HOST:PORT of the agent port. */
  readonly hub: string;
}

/** Deletions of one application on one cluster that wait for somebody's word (ApplicationView.blockedPrune). */
export interface PruneChoice {
  readonly cluster: string;
  readonly application: string;
  readonly digest: Digest;
}

/** A person who may use the API; never the token. */
export interface PersonToken {
  readonly name: string;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** Every mutation; each is audited with the actor. Throws AppError. */
export interface FleetActions {
  join(
    name: string,
    options: { readonly labels: Readonly<Record<string, string>>; readonly replace: boolean; readonly actor: string },
  ): Promise<JoinResult>;
  revoke(name: string, options: { readonly actor: string }): Promise<void>;
  remove(name: string, options: { readonly actor: string }): Promise<void>;
  /** Null removes a label. */
  label(
    name: string,
    labels: Readonly<Record<string, string | null>>,
    options: { readonly actor: string },
  ): Promise<void>;
  /** Operator's word that the hub's present epoch may prune on this cluster. */
  trust(name: string, options: { readonly actor: string }): Promise<void>;
  promote(
    environment: string,
    options: {
      readonly revision?: string | undefined;
      readonly actor: string;
      readonly waitMs: number;
      /** Past freezes and closed windows; only with a reason. */
      readonly emergency: boolean;
      readonly reason: string;
    },
  ): Promise<PromotionResult>;
  /**
   * Nothing goes into an environment (none named: into any) until somebody lifts it, or `until` (ISO 8601). A second freeze of
   * the same replaces the first. Returns once no promotion from before is under way here.
   */
  freeze(
    environment: string | undefined,
    options: { readonly reason: string; readonly until?: string | undefined; readonly actor: string },
  ): Promise<Freeze>;
  /** NOT_FOUND when that is not frozen; an environment's own freeze and that of everything are two. */
  unfreeze(
    environment: string | undefined,
    options: { readonly reason: string; readonly actor: string },
  ): Promise<void>;
  /** FAILED_PRECONDITION with the reason when there is nothing to do. */
  rollout(
    environment: string,
    action: RolloutAction,
    options: { readonly reason: string; readonly actor: string },
  ): Promise<void>;
  /** Brings the files of an earlier release back by a new commit: of `to`, else of the release before the present one. */
  rollback(
    environment: string,
    options: { readonly to?: string | undefined; readonly reason: string; readonly actor: string },
  ): Promise<PromotionResult>;
  /** Of the rollout's gate that waits for it, else of the promotion. Returns the commit that is approved. */
  approve(
    environment: string,
    options: { readonly revision?: string | undefined; readonly actor: string },
  ): Promise<{ readonly environment: string; readonly revision: string }>;
  /** Lets agents delete what waits for somebody's word: exactly what the digests stand for. */
  confirmPrune(
    environment: string,
    choices: readonly PruneChoice[],
    options: { readonly actor: string },
  ): Promise<void>;
  /** PERMISSION_DENIED for whoever does not hold the admin token. */
  createToken(
    name: string,
    options: { readonly actor: string },
  ): Promise<{ readonly name: string; readonly token: string }>;
  revokeToken(name: string, options: { readonly actor: string }): Promise<void>;
  /** The cluster (undefined: all) keeps what it has of the environment until it is resumed, and then catches up. */
  suspend(
    environment: string,
    options: { readonly cluster?: string | undefined; readonly reason: string; readonly actor: string },
  ): Promise<void>;
  resume(
    environment: string,
    options: { readonly cluster?: string | undefined; readonly reason: string; readonly actor: string },
  ): Promise<void>;
  sync(environment: string, options: { readonly cluster?: string | undefined; readonly actor: string }): Promise<void>;
  /** Fetch now; resolves when the request is queued. */
  fetchNow(): Promise<void>;
  enrol(request: EnrolRequest): Promise<EnrolResponse>;
}

/** Announces that something visible changed. */
export interface FleetEvents {
  /** Returns the function that unsubscribes. */
  subscribe(listener: (change: FleetChange) => void): () => void;
}

export interface FleetChange {
  readonly kind: "cluster" | "environment" | "application" | "object" | "drift" | "promotion" | "rollout";
  readonly environment?: string;
  readonly cluster?: string;
  readonly application?: string;
}

// ---- inspection -----------------------------------------------------------------------------------------------------------

export interface DryRunRequest {
  readonly environment: string;
  /** Commit, 40 hex digits or enough to tell it; undefined: what is assigned now. */
  readonly revision?: string | undefined;
  /** Undefined: all of the environment. */
  readonly clusters?: readonly string[] | undefined;
  /** Undefined: all. */
  readonly application?: string | undefined;
}

/** What applying would do on one cluster. */
export interface ClusterDryRun {
  readonly cluster: string;
  readonly state: DiffState;
  /** Shared by clusters on which it is the same; undefined while unknown. */
  readonly diff: ClusterDiff | undefined;
  /** Why it is unknown; "" when it is not. */
  readonly reason: string;
}

export interface DryRunResult {
  readonly revision: Revision | undefined;
  /** Sorted by name. */
  readonly clusters: readonly ClusterDryRun[];
}

export interface ObjectRequest {
  readonly environment: string;
  readonly cluster: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly managedFields: boolean;
}

export interface EventsRequest {
  readonly environment: string;
  /** Undefined: all of the environment. */
  readonly cluster?: string | undefined;
  readonly application?: string | undefined;
}

export interface EventsResult {
  /** Oldest first. */
  readonly items: readonly (ObjectEvent & { readonly cluster: string })[];
  readonly unknown: readonly { readonly cluster: string; readonly reason: string }[];
}

/**
 * Looks into the clusters, through their agents; changes nothing anywhere. NOT_FOUND for what is no part of the fleet. A single
 * cluster's failure is its answer where many are asked, and thrown where one is.
 */
export interface FleetInspection {
  dryRun(request: DryRunRequest, options: InspectionOptions): Promise<DryRunResult>;
  /** The same, clusters with equal answers together. */
  diff(request: DryRunRequest, options: InspectionOptions): Promise<FleetDiff>;
  show(request: ObjectRequest, options: Cancellable): Promise<Manifest>;
  logs(
    request: Omit<LogsQuestion, "kind"> & { readonly cluster: string },
    options: Cancellable,
  ): AsyncIterable<LogLines>;
  events(request: EventsRequest, options: InspectionOptions): Promise<EventsResult>;
}

export interface InspectionOptions extends Cancellable {
  /** One more cluster has answered, or will not. */
  readonly answered?: ((answered: number, asked: number) => void) | undefined;
}
