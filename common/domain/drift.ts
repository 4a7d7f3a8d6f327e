import type { ObjectRef } from "./object-ref.ts";

/** One owned field whose live value differs from the desired one. */
export interface DriftField {
  /** "spec.replicas", "spec.template.spec.containers[name=web].image", "metadata.labels[app.kubernetes.io/name]"; "" is the whole object. */
  readonly path: string;
  /** JSON values; undefined when absent. Secret data is masked ("***"). */
  readonly desired?: unknown;
  readonly live?: unknown;
  /** Field manager that owns the field now, from managedFields; "" when a removed field left no owner. */
  readonly manager: string;
  /** When that manager last wrote (ISO 8601); "" when the API server does not say. */
  readonly at: string;
  /** How that manager wrote: "Apply", "Update", "Update scale" (a subresource); absent when there is no owner. */
  readonly operation?: string;
}

export const driftStates = ["detected", "corrected", "contested", "resolved"] as const;
export type DriftState = (typeof driftStates)[number];

/** One object's drift, kept as history: what the agent reports under "drift/<environment>/<application>/<ref>". */
export interface DriftRecord {
  readonly object: ObjectRef;
  readonly state: DriftState;
  /** Fields of the newest occurrence; a single field with path "" when the object was deleted. */
  readonly fields: readonly DriftField[];
  /** Occurrences since firstSeen. */
  readonly count: number;
  /** ISO 8601. */
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** When somebody else had put it right; only in the state "resolved". */
  readonly resolvedAt?: string;
}
