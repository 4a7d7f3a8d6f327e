import { type ObjectRef, pruneAnnotation, refKey } from "../../common/domain/index.ts";
import type { InventoryEntry } from "../inventory/index.ts";
import { compareRefs, isProtected } from "./kind-order.ts";
import type { LiveView } from "./live.ts";

export type PruneStep =
  /** Ours, and wanted no more. */
  | { readonly action: "delete"; readonly application: string; readonly entry: InventoryEntry; readonly uid: string }
  /** Gone, or somebody else's by now: only the inventory changes. */
  | { readonly action: "forget"; readonly application: string; readonly entry: InventoryEntry };

/** Stays although it is wanted no more. */
export interface Waiting {
  readonly application: string;
  readonly ref: ObjectRef;
  readonly reason: "absence is not trusted" | "needs confirmation" | "being deleted" | "not listed";
}

export interface PruneInput {
  readonly environment: string;
  readonly application: string;
  readonly stale: readonly InventoryEntry[];
  /** Policy of the application. */
  readonly allowed: boolean;
  readonly absenceIsTrusted: boolean;
  /** Desired by some application of the environment: it moves, it does not go. */
  isDesired(key: string): boolean;
  readonly live: LiveView;
}

/** What happens to the objects that an application has no more: steps in order of deletion, and what stays and why. */
export function planPrune(input: PruneInput): {
  readonly steps: readonly PruneStep[];
  readonly waiting: readonly Waiting[];
} {
  const steps: PruneStep[] = [];
  const waiting: Waiting[] = [];
  const { application } = input;
  for (const entry of [...input.stale].sort((a, b) => compareRefs(b.ref, a.ref))) {
    const key = refKey(entry.ref);
    const facts = input.live.get(key);
    const wait = (reason: Waiting["reason"]) => waiting.push({ application, ref: entry.ref, reason });
    if (facts === undefined) {
      if (input.live.knows(entry.ref)) steps.push({ action: "forget", application, entry });
      else wait("not listed");
    } else if (facts.environment !== input.environment || facts.application !== application) {
      steps.push({ action: "forget", application, entry });
    } else if (input.isDesired(key) || !input.allowed || facts.prune === "disabled" || facts.isPaused) {
      // Kept, and still ours: it goes when that changes.
    } else if (facts.deleting) wait("being deleted");
    else if (!input.absenceIsTrusted) wait("absence is not trusted");
    else if (isProtected(entry.ref) && facts.prune !== "confirmed") wait("needs confirmation");
    else steps.push({ action: "delete", application, entry, uid: facts.uid });
  }
  return { steps, waiting };
}

/** "Waits to be pruned: …", what to do about it included; empty when nothing waits. */
export function waitingMessage(waiting: readonly Waiting[], show: (ref: ObjectRef) => string): string {
  const unconfirmed = waiting.filter(({ reason }) => reason === "needs confirmation");
  const untrusted = waiting.filter(({ reason }) => reason === "absence is not trusted").length;
  const parts: string[] = [];
  if (unconfirmed.length > 0) {
    const names = unconfirmed.slice(0, 3).map(({ ref }) => show(ref));
    const more = unconfirmed.length > 3 ? ` and ${unconfirmed.length - 3} more` : "";
    parts.push(
      `Waits for confirmation to be pruned (annotation ${pruneAnnotation}=confirmed): ${names.join(", ")}${more}`,
    );
  }
  if (untrusted > 0) parts.push(`${untrusted} not pruned: the hub's state is not confirmed yet`);
  return parts.join("\n");
}
