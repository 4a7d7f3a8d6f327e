import type { AssignmentHeader, Digest, HeldGeneration } from "../../common/domain/index.ts";

export interface NextAssignment {
  readonly generation: number;
  readonly digest: Digest;
  readonly revision: string;
}

/**
 * Which generation a content gets on one cluster. `previous`: what this hub offered last; `held`: what the agent says it has,
 * which is more when the hub came back from an old backup. Rules:
 * 1. A generation never stands for two contents, neither here nor at the agent.
 * 2. It never goes back.
 * 3. Unchanged content keeps its generation, whatever commit it comes from.
 */
export function nextAssignment(
  previous: Pick<AssignmentHeader, "generation" | "digest"> | undefined,
  held: Pick<HeldGeneration, "generation" | "digest"> | undefined,
  { digest, revision }: { readonly digest: Digest; readonly revision: string },
): NextAssignment {
  const highest = Math.max(previous?.generation ?? 0, held?.generation ?? 0);
  const known = [previous, held].filter((each) => each?.generation === highest);
  const same = known.length > 0 && known.every((each) => each?.digest === digest);
  return { generation: same ? highest : highest + 1, digest, revision };
}
