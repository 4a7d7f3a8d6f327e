import type { Digest, Question } from "../../common/domain/index.ts";
import type { AgentIdentity, StoredAssignment } from "../ports.ts";

/** The agent's certificate over time; implemented by agent/identity. */
export interface IdentitySource {
  current(): AgentIdentity;
  /** When to ask for the next certificate, in milliseconds since 1970. */
  renewAt(): number;
  /** Makes a new key and gives back a certificate request (PKCS#10, PEM) for it; a later call forgets the earlier key. */
  request(): string;
  /** Saves the certificate for the last request, then makes it the current one. INVALID_ARGUMENT when it does not fit. */
  accept(certificate: string, ca: string): Promise<void>;
}

export interface ReportBatchEntry {
  readonly version: number;
  readonly key: string;
  /** Undefined: the key is gone. */
  readonly value: unknown;
}

export interface ReportBatch {
  /** Highest version in `entries`; with no entries, the version asked from. */
  readonly version: number;
  readonly entries: readonly ReportBatchEntry[];
  /** Nothing newer than `version` is left. */
  readonly last: boolean;
}

/** The report log, compacted by key; implemented by agent/report. */
export interface ReportSource {
  /** Changes when the log was lost: the hub then starts over. */
  readonly logId: string;
  /** Entries above `version`, in order of version, of about `maxBytes` of JSON at most, but at least one if there is any. */
  changesAfter(version: number, maxBytes: number): ReportBatch;
  /** The hub has stored everything up to here. */
  acknowledged(version: number): void;
  /** Returns the function that unsubscribes. */
  onChange(listener: () => void): () => void;
}

/** An assignment as the reconciler gets it: genuine, complete in the store, with what the agent may conclude from it. */
export interface HeldAssignment {
  readonly assignment: StoredAssignment;
  /** False forbids pruning because something is absent. */
  readonly absenceIsTrusted: boolean;
  /** Application → digest of the newest body the hub produced for it, applications that it holds back now included. */
  readonly lastGood: Readonly<Record<string, Digest>>;
}

/** What the stream tells the rest of the agent. None of them may throw. */
export interface StreamHandlers {
  /** Also called for each assignment on disk when `run` begins, before the hub is there. */
  onAssignment(held: HeldAssignment): void;
  /** The cluster no longer belongs to this environment: stop reconciling it, leave its objects alone. */
  onReleased(environment: string): void;
  /** "" means all environments. */
  onReconcileNow(environment: string): void;
  /**
   * Answers in lines of JSON. May throw AppError. The content of a dry-run is in the store, and stays until the answer's end.
   */
  answer(question: Question, options: { readonly signal: AbortSignal }): AsyncIterable<unknown>;
}

/** An answer that can begin. */
export interface PreparedAnswer {
  readonly values: AsyncIterable<unknown>;
  /** To be called at its end, however it ends. */
  release(): void;
}
