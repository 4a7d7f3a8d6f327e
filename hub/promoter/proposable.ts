import type { Environment } from "../../common/domain/index.ts";
import { unmet } from "../promotion/index.ts";
import type { Assessment } from "./assessment.ts";

/** Upstream has finished with it, and the branch does not have it. */
export function isProposable({ candidate, tip, next, gates }: Assessment): boolean {
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
