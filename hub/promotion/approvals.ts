import { isSamePerson } from "../../common/domain/index.ts";
import type { Change } from "./change.ts";
import { type Gate, passed, waiting } from "./gate.ts";

/** Somebody's word for one commit with one content, and no other. */
export interface Approval {
  readonly actor: string;
  readonly commit: string;
  /** Stands for the content that was approved. */
  readonly content: string;
  /** ISO 8601. */
  readonly at: string;
}

/** N people other than the author. */
export function approvalGate(
  approvals: readonly Approval[],
  change: Pick<Change, "commit" | "author">,
  content: string,
  needed: number,
): Gate {
  const name = "approvals";
  if (needed === 0) return passed(name, "None is asked for");
  const given = approvals.filter((each) => each.commit === change.commit && each.content === content);
  const actors = given
    .map(({ actor }) => actor)
    .filter((actor, index, all) => all.findIndex((other) => isSamePerson(other, actor)) === index)
    .filter((actor) => !isSamePerson(actor, change.author));
  if (actors.length >= needed) return passed(name, `Approved by ${actors.join(", ")}`);
  const byAuthor = given.some(({ actor }) => isSamePerson(actor, change.author));
  return waiting(
    name,
    `${actors.length} of ${needed} approvals${actors.length > 0 ? ` (${actors.join(", ")})` : ""}${byAuthor ? "; the author's own does not count" : ""}`,
  );
}
