import type { Environment, Fleet } from "../../common/domain/index.ts";
import { gateSentence, unmet } from "../promotion/index.ts";
import type { Assessment } from "./assessment.ts";

/**
 * Why there is to be no pull request; undefined: there is, or nobody can say. `fleet`: as it could be read last; undefined: never yet, and
 * what is not there then means nothing.
 */
export function whyOver(fleet: Fleet | undefined, name: string, found: Assessment | undefined): string | undefined {
  if (fleet === undefined) return undefined;
  const environment = fleet.environments.find((each) => each.name === name);
  if (environment === undefined) return `fleet.yaml has no environment "${name}" any more`;
  const { promotion } = environment;
  if (promotion === undefined) return `nothing is promoted into "${name}" any more: fleet.yaml gives it no "from"`;
  if (promotion.via !== "pullRequest") return `fleet.yaml says that "${name}" is promoted into by pushes now`;
  if (found === undefined || isProposable(found)) return undefined;
  const { candidate, next } = found;
  if (candidate === undefined || next === "none") return `nothing waits to be promoted into "${name}" any more`;
  return `${candidate.commit.slice(0, 12)} cannot go into "${name}" now: ${unmet(found.gates).map(gateSentence).join("; ")}`;
}

/** Upstream has finished with it, and the branch does not have it. */
function isProposable({ candidate, tip, next, gates }: Assessment): boolean {
  if (candidate === undefined || tip === undefined || next === "none" || next === "refused") return false;
  return !unmet(gates).some(({ name }) => /^(upstream|soak)(\/|$)/.test(name));
}

/** What the pull request follows from. Times and counts that go by are no news. */
export function judgementOf(environment: Environment | undefined, found: Assessment | undefined): string {
  if (environment === undefined || found === undefined) return "none";
  if (!isProposable(found)) return `none ${found.tip}`;
  const gates = found.gates.map(({ name, state, reason }) => [name, state, reason.replaceAll(/\d+/g, "#")]);
  return JSON.stringify([environment.promotion?.mode, found.tip, found.candidate?.commit, gates]);
}
