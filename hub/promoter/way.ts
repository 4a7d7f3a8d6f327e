import type { Environment } from "../../common/domain/index.ts";
import type { Hydrator } from "../hydrate/index.ts";
import type { GitSource, Revision } from "../ports.ts";
import { type Change, failed, type Gate, passed } from "../promotion/index.ts";
import { lineGate } from "./branch-gates.ts";
import { type NextTip, nextTip } from "./next-tip.ts";

export interface WayDependencies {
  readonly git: GitSource;
  readonly hydrator: Hydrator;
}

/** How a branch comes to have a candidate. */
export interface Way {
  readonly next: NextTip;
  /** Whether it can. */
  readonly gate: Gate;
  /** Stands for what the branch would say: approvals are for that and nothing else. */
  readonly content: string;
  /** What the branch moves to, where that was made before; undefined: the candidate, or what joins it. */
  readonly commit: Revision | undefined;
}

export interface WayRequest {
  readonly tip: Revision | undefined;
  /** What the tip stands for. */
  readonly running: Change | undefined;
  readonly candidate: Change;
}

export async function wayInto(
  { git, hydrator }: WayDependencies,
  environment: Environment,
  { tip, running, candidate }: WayRequest,
): Promise<Way> {
  const { branch, promotion } = environment;
  if (promotion?.branch !== "rendered") {
    const next = await nextTip(git, tip, candidate);
    return { next, gate: lineGate(branch, tip, candidate, next), content: candidate.tree, commit: undefined };
  }
  const made = { content: candidate.tree, commit: undefined };
  if (running !== undefined && candidate.ordinal < running.ordinal) {
    const reason = `Branch "${branch}" is at a newer commit, ${running.commit.slice(0, 12)}: drover rollback takes it back`;
    return { ...made, next: "refused", gate: failed("line", reason) };
  }
  const hydration = await hydrator.hydrate(environment, candidate.commit);
  switch (hydration.kind) {
    case "same":
      return { ...made, next: "none", gate: passed("line", `Branch "${branch}" says the same already`) };
    case "refused":
      return { ...made, next: "refused", gate: failed("line", `It cannot be rendered: ${hydration.reason}`) };
    case "ready": {
      const { commit, tree, proposed } = hydration;
      const reason = `Rendered as ${commit.slice(0, 12)} on "${proposed}"`;
      return { next: "forward", gate: passed("line", reason), content: tree, commit };
    }
  }
}
