/** What the hub needs from the world. Each port is declared here, by its user, and implemented in the folder named after it. */
import type {
  Ack,
  ApplicationBody,
  AssignmentHeader,
  Digest,
  HeldGeneration,
  Manifest,
  Question,
} from "../common/domain/index.ts";
import type { EncodedBlob } from "../common/wire/index.ts";

export interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

// ---- git ----------------------------------------------------------------------------------------------------------------

/** Commit id, 40 hex digits. */
export type Revision = string;

/** Branch name → tip. */
export type Branches = ReadonlyMap<string, Revision>;

export interface TreeEntry {
  /** Relative to the root, "/" between parts. */
  readonly path: string;
  readonly oid: string;
  readonly mode: "file" | "executable" | "symlink" | "submodule" | "tree";
}

export interface Commit {
  readonly revision: Revision;
  readonly tree: string;
  readonly parents: readonly Revision[];
  readonly author: { readonly name: string; readonly email: string; readonly at: string };
  readonly message: string;
}

/** A file by its content, or by what the mirror has already. */
export type NewFile =
  | { readonly path: string; readonly content: Buffer }
  | { readonly path: string; readonly oid: string; readonly mode: TreeEntry["mode"] };

/** A commit that a machine makes on top of given parents. */
export interface NewCommit {
  /** The commit whose files it has, or the files themselves. */
  readonly treeOf: Revision | readonly NewFile[];
  /** The first one is the tip that it goes on. */
  readonly parents: readonly Revision[];
  /** Author and committer; `at` ISO 8601, kept to the second. */
  readonly author: Commit["author"];
  readonly message: string;
}

/**
 * Mirror of one remote repository. Errors: UNAVAILABLE (remote cannot be reached; the mirror still answers from what it has),
 * UNAUTHENTICATED (credentials refused), NOT_FOUND (no such repository, branch or commit), ABORTED (push lost the race),
 * PERMISSION_DENIED (the server does not let us move that branch, with its words).
 */
export interface GitSource {
  /** Brings the mirror to the remote's state and returns all branches. The only call that needs the network, besides push. */
  fetch(options?: Cancellable): Promise<Branches>;
  /** Branches as of the last successful fetch; empty before the first. */
  branches(): Branches;
  /** All entries below `path` ("" = everything), trees included, sorted by path. Submodules and symlinks are listed, never followed. */
  tree(revision: Revision, path?: string, options?: Cancellable): Promise<readonly TreeEntry[]>;
  /** Contents of blobs by oid; the order of the answer is the order of the question. */
  blobs(oids: readonly string[], options?: Cancellable): Promise<readonly Buffer[]>;
  commit(revision: Revision, options?: Cancellable): Promise<Commit>;
  /** Newest first, without `exclude` and what it reaches. */
  log(
    revision: Revision,
    options: Cancellable & { readonly exclude?: Revision; readonly limit: number },
  ): Promise<readonly Commit[]>;
  isAncestor(ancestor: Revision, descendant: Revision, options?: Cancellable): Promise<boolean>;
  /** Undefined for a commit that is not signed. */
  signature(revision: Revision, options?: Cancellable): Promise<CommitSignature | undefined>;
  /** Makes a commit in the mirror, where no branch has it until it is pushed. Equal input gives the same commit, however often. */
  makeCommit(commit: NewCommit, options?: Cancellable): Promise<Revision>;
  /** Compare-and-swap: moves the remote branch from `from` (undefined: must not exist) to `to`, never by force. ABORTED otherwise. */
  push(
    branch: string,
    move: RefMove,
    /** `notes`: moved too, or neither is moved. FAILED_PRECONDITION where the server cannot do that. */
    options?: Cancellable & { readonly notes?: RefMove | undefined },
  ): Promise<void>;
  readonly notes: GitNotes;
  /** Under refs/notes/hydrator.metadata, where GitOps Promoter and Argo CD look. */
  readonly hydrationNotes: GitNotes;
  close(): Promise<void>;
}

export interface CommitSignature {
  /** What was signed. */
  readonly payload: Buffer;
  /** Armoured, as git wrote it: "-----BEGIN SSH SIGNATURE-----…" or OpenPGP's. */
  readonly armoured: string;
}

/** Signs what the hub itself commits; armoured. */
export type SignCommit = (payload: Buffer, options?: Cancellable) => Promise<string>;

/** `from` undefined: does not exist yet. */
export interface RefMove {
  readonly from: Revision | undefined;
  readonly to: Revision;
}

/** Texts that lie beside commits: Git notes, under refs/notes/drover if nothing else is said (`git log --notes=drover`). */
export interface GitNotes {
  /** Their newest state, as of the last fetch or push; undefined while there is none. */
  tip(): Revision | undefined;
  /** What lies beside each commit in the state `tip`, in the order of the question; undefined: nothing. */
  read(tip: Revision, revisions: readonly Revision[], options?: Cancellable): Promise<readonly (string | undefined)[]>;
  /** Makes the next state in the mirror: on top of `on`, with these texts in place of what lies beside their commits. */
  make(notes: NewNotes, options?: Cancellable): Promise<Revision>;
  /** Compare-and-swap, as of branches; no rule but that `to` was made on top of `from`. */
  push(move: RefMove, options?: Cancellable): Promise<void>;
}

export interface NewNotes {
  readonly on: Revision | undefined;
  readonly texts: ReadonlyMap<Revision, string>;
  readonly author: Commit["author"];
  readonly message: string;
}

// ---- forge --------------------------------------------------------------------------------------------------------------

export interface PullRequest {
  readonly number: number;
  /** Where people see it. */
  readonly url: string;
  readonly state: "open" | "merged" | "closed";
  /** Tip of its head branch, as the forge last saw it. */
  readonly head: Revision;
  readonly title: string;
  readonly body: string;
  /** Who merged or closed it; undefined while it is open, or when the forge does not tell. */
  readonly endedBy: string | undefined;
  /** Commit that merging put on the base branch. */
  readonly merged: Revision | undefined;
}

export interface ForgeStatus {
  readonly context: string;
  readonly state: "pending" | "success" | "failure";
  /** One sentence. */
  readonly description: string;
  readonly url: string | undefined;
}

export interface PullRequestText {
  readonly title: string;
  /** Markdown. */
  readonly body: string;
}

/**
 * One repository at GitHub, GitLab, Gitea or Forgejo. Nothing is tried twice here. Errors: UNAVAILABLE and DEADLINE_EXCEEDED (it
 * cannot be reached now), RESOURCE_EXHAUSTED (it limits us; `retryAfterMs` tells until when, and nothing is sent before),
 * UNAUTHENTICATED (token refused), PERMISSION_DENIED (the token may not do that), NOT_FOUND (no such repository, commit or pull
 * request, or not for this token), INVALID_ARGUMENT (the forge does not take what it was sent), all in the forge's words.
 */
export interface Forge {
  /** "Gitea at https://git.example.org/acme/fleet", for messages. */
  readonly description: string;
  /** The open pull request from one branch into another; undefined when there is none. */
  findPullRequest(branches: PullRequestBranches, options?: Cancellable): Promise<PullRequest | undefined>;
  pullRequest(number: number, options?: Cancellable): Promise<PullRequest>;
  /** Gives back the one that is open already, as it is. */
  openPullRequest(request: PullRequestBranches & PullRequestText, options?: Cancellable): Promise<PullRequest>;
  updatePullRequest(number: number, text: PullRequestText, options?: Cancellable): Promise<void>;
  closePullRequest(number: number, options?: Cancellable): Promise<void>;
  /** Adds a comment to it, Markdown. */
  commentPullRequest(number: number, text: string, options?: Cancellable): Promise<void>;
  /**
   * By a merge commit, whose id it returns. ABORTED when the head is not at `head`, or the base moved meanwhile;
   * FAILED_PRECONDITION with the forge's words when it does not let it be merged (protected branch, reviews, conflicts).
   */
  mergePullRequest(
    number: number,
    merge: { readonly head: Revision; readonly title: string; readonly message: string },
    options?: Cancellable,
  ): Promise<Revision>;
  setStatus(revision: Revision, status: ForgeStatus, options?: Cancellable): Promise<void>;
  /** By context. More than one under a context: several senders use the same name. */
  statuses(revision: Revision, options?: Cancellable): Promise<ReadonlyMap<string, readonly ForgeStatus[]>>;
}

export interface PullRequestBranches {
  readonly head: string;
  readonly base: string;
}

// ---- render -------------------------------------------------------------------------------------------------------------

export interface RenderRequest {
  readonly revision: Revision;
  /** Folder to render. */
  readonly path: string;
  readonly renderer: "auto" | "plain" | "kustomize";
  /** Of a commit whose tree says that it was rendered before, read what that left in the folder. */
  readonly hydrated: boolean;
}

export interface RenderedObject {
  readonly manifest: Manifest;
  /** "apps/shop/deployment.yaml:12"; "" when the renderer hides it. */
  readonly source: string;
}

/** Throws AppError with a position: INVALID_ARGUMENT (what was written is wrong), NOT_FOUND (path or file missing), DEADLINE_EXCEEDED. */
export interface Renderer {
  render(request: RenderRequest, options?: Cancellable): Promise<readonly RenderedObject[]>;
}

export interface Sources {
  /** Paths of the files that go into a rendering, also those outside of its folder. Throws as `render` does. */
  sources(request: RenderRequest, options?: Cancellable): Promise<readonly string[]>;
}

// ---- state --------------------------------------------------------------------------------------------------------------

/** A document that still has to be what it was. */
export interface Guard {
  readonly collection: string;
  readonly key: string;
  readonly is: unknown;
}

/** One durable map of JSON documents. */
export interface Collection<T> {
  get(key: string): Promise<T | undefined>;
  set(key: string, value: T): Promise<void>;
  delete(key: string): Promise<void>;
  /** Entries whose key starts with `prefix`, sorted by key. */
  entries(prefix?: string): Promise<readonly (readonly [key: string, value: T])[]>;
  /** Many at once, atomically; undefined deletes. */
  write(changes: readonly (readonly [key: string, value: T | undefined])[]): Promise<void>;
  /** As `write`, but only while the guard holds; false: it does not, and nothing was written. The guard is not among the changes. */
  writeIf(guard: Guard, changes: readonly (readonly [key: string, value: T | undefined])[]): Promise<boolean>;
  /** Atomic read-modify-write; `change` may run more than once and returns undefined to delete. Returns what was written. */
  update(key: string, change: (current: T | undefined) => T | undefined): Promise<T | undefined>;
}

/** Durable state of the hub: what was written is there after SIGKILL. */
export interface HubStore {
  /** What it is, for the banner: "Redis 7.0.15 at …", "embedded store in …". */
  readonly description: string;
  /** Several hubs may share it. */
  readonly shared: boolean;
  collection<T>(name: string): Collection<T>;
  close(): Promise<void>;
}

/** At-least-once, coalesced by (name, key): never two runs of one key at a time, and the last request always runs. */
export interface JobQueue {
  /** One handler per name, before `start`. A handler that throws a retryable AppError runs again, with backoff. */
  handle(name: string, handler: (key: string, options: Cancellable) => Promise<void>): void;
  start(): Promise<void>;
  request(name: string, key: string): Promise<void>;
  /** Waits for running handlers after aborting them. */
  close(): Promise<void>;
}

// ---- clusters -----------------------------------------------------------------------------------------------------------

export interface ClusterRecord {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** UID of the kube-system namespace; undefined until the first agent enrolled. */
  readonly uid: string | undefined;
  readonly createdAt: string;
  /** ISO 8601, of the newest enrolment. */
  readonly enrolledAt: string | undefined;
  /** Certificates issued at or before this moment are refused. */
  readonly revokedAt: string | undefined;
  /** The operator confirmed the hub's present epoch for it: absence may prune again. */
  readonly confirmedEpoch: string | undefined;
  readonly agentVersion: string;
  readonly kubernetesVersion: string;
  /** ISO 8601; undefined before the first connect. */
  readonly lastSeen: string | undefined;
}

// ---- stream -------------------------------------------------------------------------------------------------------------

/** Who is on the other end, from its verified certificate. */
export interface Peer {
  readonly cluster: string;
  readonly clusterUid: string;
  /** notBefore of the certificate, ISO 8601. */
  readonly issuedAt: string;
  readonly expiresAt: string;
  readonly serial: string;
}

export interface Greeting {
  readonly agentVersion: string;
  readonly kubernetesVersion: string;
  readonly epoch: string;
  readonly held: readonly HeldGeneration[];
  readonly reportLog: string;
}

/** A signed assignment, ready to send: same bytes on every reconnect until the content changes. */
export interface Offer {
  /** What it stands for in the environment's rollout; absent: the header's revision. */
  readonly release?: string | undefined;
  readonly header: AssignmentHeader;
  readonly headerBytes: Buffer;
  readonly signature: Buffer;
}

export interface ReportChange {
  readonly key: string;
  /** Undefined: the key is gone. */
  readonly value: unknown;
}

/** What the stream needs from the rest of the hub. */
export interface AgentDesk {
  readonly epoch: string;
  /** Decides whether this agent may come in. PERMISSION_DENIED (revoked, other UID, removed) or UNAUTHENTICATED with the reason. */
  admit(peer: Peer, greeting: Greeting): Promise<{ readonly reportVersion: number }>;
  /** Newest offers for a cluster, one per environment it belongs to. */
  offers(cluster: string): readonly Offer[];
  /** Digests that content of this root consists of, root first; undefined when the root is unknown. */
  contentsOf(root: Digest): readonly Digest[] | undefined;
  blob(digest: Digest): EncodedBlob | undefined;
  acknowledge(cluster: string, ack: Ack): Promise<void>;
  /** Resolves when stored. `complete`: keys of this cluster that are not in `changes` are outdated. */
  report(
    cluster: string,
    log: string,
    version: number,
    changes: readonly ReportChange[],
    complete: boolean,
  ): Promise<void>;
  /** New certificate for a live stream. */
  rotate(peer: Peer, csrPem: string): Promise<{ readonly certificate: string; readonly ca: string }>;
  /** Also called on each heartbeat. */
  seen(cluster: string): void;
  disconnected(cluster: string): void;
}

/** The open streams. */
export interface AgentServer {
  /** HOST:PORT it listens on. */
  readonly address: string;
  /** Look at `desk.offers(cluster)` again; cheap, idempotent. */
  offer(cluster: string): void;
  reconcileNow(cluster: string, environment: string): void;
  /** Ends the stream of a cluster with PERMISSION_DENIED and this reason. */
  disconnect(cluster: string, reason: string): void;
  connected(cluster: string): boolean;
  /**
   * Values of the answer as they come (shapes: common/domain/inspection.ts); the agent sends no more than is taken here. Ending the
   * iteration cancels. UNAVAILABLE (not connected, or lost meanwhile), FAILED_PRECONDITION (the agent is too old), else what the
   * agent says.
   */
  ask(cluster: string, question: Question, options: Cancellable): AsyncIterable<unknown>;
  close(): Promise<void>;
}

// ---- desired state --------------------------------------------------------------------------------------------------------

/** One application of an environment at a revision, rendered for one set of values. */
export interface RenderedApplication {
  readonly body: ApplicationBody;
  readonly objects: readonly { readonly digest: Digest; readonly content: Buffer }[];
}
