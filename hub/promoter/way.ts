import type { Environment } from "../../common/domain/index.ts";
import { toAppError } from "../../common/errors.ts";
import type { MachineIdentity } from "../drive/index.ts";
import { copyInto, type Hydration, type Hydrator } from "../hydrate/index.ts";
import type { GitSource, Revision } from "../ports.ts";
import { type Change, failed, type Gate, passed } from "../promotion/index.ts";
import { lineGate } from "./branch-gates.ts";
import { type NextTip, nextTip, refusalOf } from "./next-tip.ts";

export interface WayDependencies {
  readonly git: GitSource;
  readonly hydrator: Hydrator;
  /** Author of the commits that the hub makes. */
  readonly identity: MachineIdentity;
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
  /** What was promoted last. */
  readonly last: Revision | undefined;
}

export async function wayInto(
  dependencies: WayDependencies,
  environment: Environment,
  { tip, running, candidate, last }: WayRequest,
): Promise<Way> {
  const { branch, promotion } = environment;
  const made = { content: candidate.tree, commit: undefined };
  if (promotion === undefined || promotion.branch === "pointer") {
    const next = await nextTip(dependencies.git, tip, candidate, last);
    const isRefused = next === "refused" && tip !== undefined;
    const gate = isRefused
      ? failed("line", `Cannot go on: ${await refusalOf(dependencies.git, branch, tip, candidate.commit)}`)
      : lineGate(branch, next, tip);
    return { ...made, next, gate };
  }
  if (running !== undefined && candidate.ordinal < running.ordinal) {
    const reason = `Branch "${branch}" is at a newer commit, ${running.commit.slice(0, 12)}: drover rollback takes it back`;
    return { ...made, next: "refused", gate: failed("line", reason) };
  }
  const isCopied = promotion.branch === "copied";
  const proposal = isCopied
    ? await copied(dependencies, environment, candidate)
    : await dependencies.hydrator.hydrate(environment, candidate.commit);
  switch (proposal.kind) {
    case "same":
      return { ...made, next: "none", gate: passed("line", `Branch "${branch}" says the same already`) };
    case "refused":
      return {
        ...made,
        next: "refused",
        gate: failed("line", `It cannot be ${promotion.branch}: ${proposal.reason}`),
      };
    case "ready": {
      const { commit, tree } = proposal;
      const reason = isCopied
        ? `${promotion.paths.map((path) => `"${path}"`).join(", ")} can be copied onto "${branch}"`
        : `Rendered as ${commit.slice(0, 12)} on "${proposal.branch}"`;
      return { next: "forward", gate: passed("line", reason), content: tree, commit };
    }
  }
}

async function copied(dependencies: WayDependencies, environment: Environment, { commit }: Change): Promise<Hydration> {
  try {
    return await copyInto(dependencies, environment, commit);
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.retryable) throw error;
    return { kind: "refused", reason: error.message };
  }
}
