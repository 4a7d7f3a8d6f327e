/** What the agent needs from the world. Each port is declared here, by its user, and implemented in the folder named after it. */
import type {
  Ack,
  ApplicationBody,
  ApplicationStatus,
  AssignmentBody,
  AssignmentHeader,
  Digest,
  DriftRecord,
  EnvironmentStatus,
  HeldGeneration,
  Manifest,
  ObjectRef,
  ObjectStatus,
} from "../common/domain/index.ts";

/** An object as the API server has it. */
export interface LiveObject extends Manifest {
  readonly metadata: Manifest["metadata"] & {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation?: number;
    readonly deletionTimestamp?: string;
    readonly finalizers?: readonly string[];
    readonly managedFields?: readonly ManagedFieldsEntry[];
  };
}

export interface ManagedFieldsEntry {
  readonly manager?: string;
  readonly operation?: "Apply" | "Update";
  readonly apiVersion?: string;
  readonly time?: string;
  readonly subresource?: string;
  readonly fieldsV1?: Readonly<Record<string, unknown>>;
}

/** A kind as discovery describes it. */
export interface KindInfo {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

export interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

export interface WatchOptions extends Cancellable {
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Only metadata arrives: less memory, and never a Secret's data. */
  readonly metadataOnly: boolean;
}

/**
 * Level-triggered view of one kind. The first event, and any after an interruption that lost events, is `listed` with all
 * objects; between two lists come single changes. Order per object is the API server's.
 */
export type WatchEvent =
  | { readonly type: "listed"; readonly objects: readonly LiveObject[] }
  | { readonly type: "changed"; readonly object: LiveObject }
  | { readonly type: "deleted"; readonly object: LiveObject };

/**
 * One Kubernetes API server. Retries what is retryable (429, 5xx, connection loss) within bounds by itself; what it throws
 * is an AppError: NOT_FOUND (object, or kind unknown: details.kindUnknown), INVALID_ARGUMENT (rejected by validation or
 * admission), ABORTED (conflict; details.causes), PERMISSION_DENIED, UNAUTHENTICATED, RESOURCE_EXHAUSTED, UNAVAILABLE,
 * DEADLINE_EXCEEDED.
 */
export interface KubeClient {
  /** "v1.36.3". */
  version(options?: Cancellable): Promise<string>;
  /** Discovery, cached; a kind that is missing is looked up afresh once. NOT_FOUND with details.kindUnknown otherwise. */
  kindOf(apiVersion: string, kind: string, options?: Cancellable): Promise<KindInfo>;
  /** Undefined when there is no such object. */
  get(kind: KindInfo, namespace: string, name: string, options?: Cancellable): Promise<LiveObject | undefined>;
  /** Server-side apply with strict field validation. Never changes its argument. Returns the object as stored. */
  apply(kind: KindInfo, object: Manifest, options: ApplyOptions): Promise<LiveObject>;
  /**
   * Removes fields by their way from the root, the last ones of a list first. ABORTED when the object is not in this version any
   * more. Returns the object as stored.
   */
  removeFields(
    kind: KindInfo,
    object: LiveObject,
    fields: readonly (readonly string[])[],
    options: { readonly fieldManager: string } & Acting,
  ): Promise<LiveObject>;
  /** What it would be with these parts in place of its own, by their way from the root; changes nothing. */
  dryRunWith(
    kind: KindInfo,
    object: LiveObject,
    parts: readonly ObjectPart[],
    options: { readonly fieldManager: string } & Acting,
  ): Promise<LiveObject>;
  /** Says anew which manager has which fields. ABORTED when the object is not in this version any more. */
  setManagers(
    kind: KindInfo,
    object: LiveObject,
    managers: readonly ManagedFieldsEntry[],
    options: { readonly fieldManager: string } & Acting,
  ): Promise<LiveObject>;
  /** Deletes in the background. "gone" when it did not exist or is another incarnation than `uid`. */
  delete(kind: KindInfo, namespace: string, name: string, options: DeleteOptions): Promise<"deleted" | "gone">;
  /** All pages; with `limit`, at most so many objects, 500 at the most. */
  list(kind: KindInfo, options: WatchOptions & { readonly limit?: number }): Promise<readonly LiveObject[]>;
  /** What a container wrote, in the pieces that come; with `follow`, until it ends. One attempt. Throws as `get`. */
  logs(namespace: string, pod: string, options: LogOptions): AsyncIterable<Buffer>;
  /** Never ends by itself: reconnects and relists until the signal aborts. */
  watch(kind: KindInfo, options: WatchOptions): AsyncIterable<WatchEvent>;
  /** Forgets cached discovery: a CRD came, went or changed. */
  forgetKinds(): void;
  /** Counts of requests sent since start, by verb: proof of "unchanged makes no requests". */
  requests(): Readonly<Record<string, number>>;
  close(): Promise<void>;
}

export interface ObjectPart {
  readonly path: readonly string[];
  /** Undefined: none. */
  readonly value: unknown;
}

export interface Acting extends Cancellable {
  /** "namespace/name" of the service account whose rights count; undefined: the agent's own. */
  readonly actingAs?: string | undefined;
}

export interface ApplyOptions extends Acting {
  readonly fieldManager: string;
  readonly force: boolean;
  readonly dryRun?: boolean;
}

export interface LogOptions extends Cancellable {
  readonly container: string;
  readonly follow: boolean;
  /** Of the incarnation before the present one. */
  readonly previous: boolean;
  /** Lines from the end; 0: all. */
  readonly tail: number;
  /** Not older; 0: all. */
  readonly sinceSeconds: number;
  /** Not older, ISO 8601, to the second. */
  readonly sinceTime?: string;
  /** Each line begins with when it was written, and a space. */
  readonly timestamps?: boolean;
}

export interface DeleteOptions extends Acting {
  readonly uid?: string;
  /** With `uid`: ABORTED when the object has changed since. */
  readonly resourceVersion?: string;
  readonly dryRun?: boolean;
}

/** A verified assignment and, by digest, everything it consists of. What the agent keeps when the hub is away. */
export interface StoredAssignment {
  readonly header: AssignmentHeader;
  /** As received: kept so that a restarted agent can verify again. */
  readonly signedHeader: { readonly header: Uint8Array; readonly signature: Uint8Array };
}

/**
 * The agent's directory. Every write is atomic and survives SIGKILL at any moment. Contents are immutable and named by digest.
 */
export interface AgentStore {
  /** Undefined before the agent joined. */
  identity(): Promise<AgentIdentity | undefined>;
  saveIdentity(identity: AgentIdentity): Promise<void>;
  assignments(): Promise<readonly StoredAssignment[]>;
  saveAssignment(assignment: StoredAssignment): Promise<void>;
  removeAssignment(environment: string): Promise<void>;
  hasContent(digest: Digest): boolean;
  /** NOT_FOUND when absent, INVALID_ARGUMENT when damaged (and then removed, so that it is fetched again). */
  content(digest: Digest): Promise<Buffer>;
  saveContent(digest: Digest, content: Buffer): Promise<void>;
  /** Removes contents that are not in `keep`. */
  sweep(keep: ReadonlySet<Digest>): Promise<void>;
  /** Small JSON documents (report log, drift history, epoch), by name; saving undefined removes one. */
  document(name: string): Promise<unknown>;
  saveDocument(name: string, value: unknown): Promise<void>;
}

/** PEM everywhere. */
export interface AgentIdentity {
  readonly cluster: string;
  readonly clusterUid: string;
  readonly privateKey: string;
  readonly certificate: string;
  /** CA bundle that signs the hub's server certificate. */
  readonly ca: string;
  /** Public half of the key that signs assignments (Ed25519, SPKI). */
  readonly assignmentKey: string;
  /** HOST:PORT of the agent port; the agent's --hub flag wins. */
  readonly hub: string;
}

/** Complete desired state of one environment as the reconciler sees it: content resolved, held applications filled in. */
export interface DesiredEnvironment {
  readonly header: AssignmentHeader;
  readonly body: AssignmentBody;
  readonly applications: readonly ApplicationBody[];
  /** Applications to leave exactly as they are, with the hub's reason. */
  readonly held: readonly { readonly name: string; readonly reason: string }[];
  /** False: nothing may be pruned because something is absent (untrusted epoch). */
  readonly absenceIsTrusted: boolean;
  /** Content of an object by digest. */
  manifest(digest: Digest): Promise<Manifest>;
}

/** Where observations go. Level-triggered: the newest value per key wins; equal values cost nothing. */
export interface StatusSink {
  environment(name: string, status: EnvironmentStatus | undefined): void;
  application(environment: string, name: string, status: ApplicationStatus | undefined): void;
  object(environment: string, application: string, ref: ObjectRef, status: ObjectStatus | undefined): void;
  drift(environment: string, application: string, ref: ObjectRef, record: DriftRecord | undefined): void;
  ack(ack: Ack): void;
}

/** What the stream asks of the rest of the agent. */
export interface StreamSource {
  held(): readonly HeldGeneration[];
  kubernetesVersion(): string;
}
