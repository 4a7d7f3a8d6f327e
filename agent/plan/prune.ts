import { type ObjectRef, refKey } from "../../common/domain/index.ts";
import type { InventoryEntry } from "../inventory/index.ts";
import { compareRefs, isProtected } from "./kind-order.ts";
import type { Deletion, LiveFacts, LiveView } from "./live.ts";
import type { Wish } from "./prune-wish.ts";

export type PruneStep =
  /** Ours, and wanted no more. */
  | (Delete & { readonly action: "delete" })
  /** Its application left and leaves it to anybody: it stays, without our labels. */
  | { readonly action: "release"; readonly application: string; readonly entry: InventoryEntry }
  /** Gone, or somebody else's by now: only the inventory changes. */
  | { readonly action: "forget"; readonly application: string; readonly entry: InventoryEntry };

export interface Delete {
  readonly application: string;
  readonly entry: InventoryEntry;
  readonly uid: string;
}

/** A delete that needs somebody's word whatever else is deleted, with the reason; `isConfirmed`: that word was given. */
export interface Candidate extends Delete {
  readonly cause: "" | "protected" | "asked" | "recovered";
  readonly isConfirmed: boolean;
}

/** Stays although it is wanted no more. */
export interface Waiting {
  readonly application: string;
  readonly ref: ObjectRef;
  readonly reason: "absence is not trusted" | "needs confirmation" | "being deleted" | "not listed";
  /** Of what is being deleted. */
  readonly deletion?: Deletion;
}

export interface PruneInput {
  readonly environment: string;
  readonly application: string;
  readonly stale: readonly InventoryEntry[];
  /** The application itself left. */
  readonly isAbandoned: boolean;
  /** What its policy makes of stale objects. */
  readonly policy: "delete" | "release" | "keep";
  readonly absenceIsTrusted: boolean;
  /** Desired by some application of the environment: it moves, it does not go. */
  isDesired(key: string): boolean;
  readonly live: LiveView;
}

export interface PrunePlan {
  /** Without deletes: those have to be guarded first. */
  readonly steps: readonly PruneStep[];
  /** In order of deletion. */
  readonly candidates: readonly Candidate[];
  readonly waiting: readonly Waiting[];
}

/** What is to happen to the objects that an application has no more, and what stays and why. */
export function planPrune(input: PruneInput): PrunePlan {
  const steps: PruneStep[] = [];
  const candidates: Candidate[] = [];
  const waiting: Waiting[] = [];
  const { application, live, policy } = input;
  for (const entry of [...input.stale].sort((a, b) => compareRefs(b.ref, a.ref))) {
    const { ref } = entry;
    const key = refKey(ref);
    const facts = live.get(key);
    if (facts === undefined) {
      if (live.knows(ref)) steps.push({ action: "forget", application, entry });
      else waiting.push({ application, ref, reason: "not listed" });
      continue;
    }
    const wish = input.isAbandoned ? facts.wish.abandoned : facts.wish.dropped;
    if (facts.environment !== input.environment || facts.application !== application) {
      steps.push({ action: "forget", application, entry });
    } else if (input.isDesired(key) || policy === "keep" || (policy === "delete" && isKept(facts, wish))) {
      // Kept, and still ours: it goes when that changes.
    } else if (!input.absenceIsTrusted) {
      waiting.push({ application, ref, reason: "absence is not trusted" });
    } else if (policy === "release") {
      steps.push({ action: "release", application, entry });
    } else if (facts.deletion !== undefined) {
      waiting.push({ application, ref, reason: "being deleted", deletion: facts.deletion });
    } else {
      candidates.push({
        application,
        entry,
        uid: facts.uid,
        cause: causeOf(entry, wish),
        isConfirmed: entry.standing === "confirmed" || wish === "confirmed",
      });
    }
  }
  return { steps, candidates, waiting };
}

function isKept({ isPaused }: LiveFacts, wish: Wish): boolean {
  return wish === "keep" || isPaused === true;
}

function causeOf(entry: InventoryEntry, wish: Wish): Candidate["cause"] {
  if (entry.standing === "recovered") return "recovered";
  if (isProtected(entry.ref)) return "protected";
  return wish === "confirm" ? "asked" : "";
}
