import type { ObjectRef } from "../../common/domain/index.ts";
import type { PruneWish } from "./prune-wish.ts";

/** What a plan has to know about an object that is there. */
export interface LiveFacts {
  readonly ref: ObjectRef;
  readonly uid: string;
  readonly resourceVersion: string;
  /** Of the fields that are ours. */
  readonly fieldsHash: string;
  /** Its ownership labels; empty when it has none. */
  readonly environment: string;
  readonly application: string;
  readonly wish: PruneWish;
  /** By its annotations. */
  readonly wave: number;
  /** Undefined while nobody has deleted it. */
  readonly deletion: Deletion | undefined;
  /** Its annotations say that it is to be left alone. */
  readonly isPaused?: true;
}

/** An object that is going, and what it waits for. */
export interface Deletion {
  /** ISO 8601. */
  readonly since: string;
  readonly finalizers: readonly string[];
}

/**
 * Objects with our labels, as the watches know them, by refKey. `knows` is false for a kind that is not listed: nothing can
 * be concluded from the absence of its objects.
 */
export interface LiveView {
  get(key: string): LiveFacts | undefined;
  knows(ref: ObjectRef): boolean;
}
