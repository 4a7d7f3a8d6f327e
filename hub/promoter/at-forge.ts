import type { Clock } from "../../common/async/index.ts";
import type { Environment } from "../../common/domain/index.ts";
import { toAppError } from "../../common/errors.ts";
import type { Forge, Revision } from "../ports.ts";
import { type Change, type Gate, waiting } from "../promotion/index.ts";
import type { Assessment } from "./assessment.ts";
import { createPullRequests, type PullRequests, type PullRequestsDependencies } from "./pull-requests.ts";
import { createRequiredStatuses } from "./required-statuses.ts";
import { createStatusMirror } from "./status-mirror.ts";

/** A forge that said no is asked again when it tells of news, or so much later. */
const refusedMs = 5 * 60_000;
const refusedAtLeastMs = 10_000;
const ownContexts = "drover/";

export interface AtForgeDependencies extends PullRequestsDependencies {
  readonly forge: Forge | undefined;
  readonly clock: Clock;
}

/** News from the forge, believed only as far as "look there". */
export interface ForgeHint {
  readonly kind: "pullRequest" | "status";
  readonly revision?: string | undefined;
  readonly context?: string | undefined;
}

/** All that promotion has to do with the forge. Nothing here waits for it but `propose` and `merge`. */
export interface AtForge extends Pick<PullRequests, "load" | "propose" | "merge" | "url" | "review" | "idle"> {
  /** What is known now; more is found out meanwhile. */
  gates(environment: Environment, candidate: Pick<Change, "commit">): readonly Gate[];
  judged(environment: string, assessment: Assessment | undefined): void;
  /** The branch could not be moved there, for good reasons of the forge or not. */
  refused(environment: string, candidate: Revision, thrown: unknown): void;
  hint(hint: ForgeHint): void;
}

export function createAtForge(dependencies: AtForgeDependencies): AtForge {
  const { forge, clock, wake } = dependencies;
  const pulls = createPullRequests(dependencies);
  const statuses = createRequiredStatuses(dependencies);
  const mirror = forge === undefined ? undefined : createStatusMirror({ ...dependencies, forge });
  const refusals = new Map<string, { readonly candidate: Revision; readonly reason: string; readonly until: number }>();

  function refusalGates(name: string, commit: Revision): readonly Gate[] {
    const refusal = refusals.get(name);
    if (refusal === undefined) return [];
    if (refusal.candidate === commit && clock.now() < refusal.until) {
      return [waiting("forge", refusal.reason, refusal.until)];
    }
    refusals.delete(name);
    return [];
  }

  return {
    ...pulls,
    gates: (environment, candidate) => [
      ...statuses.gates(environment, candidate),
      ...pulls.gates(environment, candidate),
      ...refusalGates(environment.name, candidate.commit),
    ],
    judged(name, found) {
      if (found?.candidate === undefined) statuses.forget(name);
      pulls.judged(name, found);
      mirror?.show(name, found === undefined ? undefined : { ...found, gates: found.gates.filter(isMirrored) });
    },
    refused(name, candidate, thrown) {
      const { code, message } = toAppError(thrown);
      if (code !== "PERMISSION_DENIED" && code !== "FAILED_PRECONDITION" && code !== "UNAUTHENTICATED") return;
      refusals.set(name, { candidate, reason: message, until: clock.now() + refusedMs });
      wake(name);
    },
    hint(hint) {
      if (hint.kind === "pullRequest") return pulls.hint();
      // Our own, which say what we know.
      if (hint.context?.startsWith(ownContexts) === true) return;
      statuses.hint(hint);
      for (const [name, { until }] of refusals) {
        if (clock.now() < until - refusedMs + refusedAtLeastMs) continue;
        refusals.delete(name);
        wake(name);
      }
    },
    async idle() {
      await Promise.all([pulls.idle(), mirror?.idle()]);
    },
  };
}

/** What the forge itself says about a candidate is not told to it. */
function isMirrored({ name }: Gate): boolean {
  return name !== "forge";
}
