import { type BlockedPrune, displayRef, type ObjectRef } from "../../common/domain/index.ts";
import type { Deletion } from "./live.ts";
import type { Waiting } from "./prune.ts";

const shownObjects = 3;

/** Of one object. */
export function waitingText({ ref, reason, deletion }: Waiting): string {
  switch (reason) {
    case "being deleted":
      return deletion === undefined ? "Being deleted" : deletionText(ref, deletion);
    case "needs confirmation":
      return "Left Git, not deleted: waits for confirmation";
    case "absence is not trusted":
      return "Left Git, not deleted: the hub's state is not confirmed yet";
    case "not listed":
      return `Left Git, not deleted: objects of kind ${ref.kind} could not be listed yet`;
  }
}

/** Of an application, with what to do about it; empty when nothing waits that is worth a word. */
export function waitingMessage(
  environment: string,
  application: string,
  waiting: readonly Waiting[],
  blocked: BlockedPrune | null,
): string {
  const untrusted = waiting.filter(({ reason }) => reason === "absence is not trusted").length;
  const going = waiting.filter(({ reason }) => reason === "being deleted");
  const stuck = going.find(({ deletion }) => (deletion?.finalizers.length ?? 0) > 0);
  const more = going.length > 1 ? ` (and ${going.length - 1} more)` : "";
  const lines = [
    blocked === null ? "" : blockedText(environment, application, blocked),
    untrusted === 0 ? "" : `${untrusted} not pruned: the hub's state is not confirmed yet`,
    stuck === undefined ? "" : `${displayRef(stuck.ref)}: ${waitingText(stuck)}${more}`,
  ];
  return lines.filter((line) => line !== "").join("\n");
}

function blockedText(environment: string, application: string, { count, objects, reason }: BlockedPrune): string {
  const shown = objects.slice(0, shownObjects);
  const names = shown.map(displayRef).join(", ");
  const more = count > shown.length ? ` and ${count - shown.length} more` : "";
  return `Waits for confirmation to delete ${names}${more}: ${reason}; 'drover prune confirm ${environment} -a ${application}' confirms it`;
}

function deletionText({ group, kind }: ObjectRef, { since, finalizers }: Deletion): string {
  const at = `Being deleted since ${since}`;
  if (finalizers.length > 0) {
    const names = finalizers.map((name) => `"${name}"`).join(", ");
    return `${at}: waits for finalizer${finalizers.length > 1 ? "s" : ""} ${names}`;
  }
  return group === "" && kind === "Namespace" ? `${at}: waits for what is in it` : at;
}
