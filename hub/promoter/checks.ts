import type { Clock } from "../../common/async/index.ts";
import { digestOf, type PromotionCheck } from "../../common/domain/index.ts";
import { isAbort, toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { CheckGate } from "../gates/index.ts";
import type { Revision } from "../ports.ts";
import { type CheckAnswer, checkStep, type Gate } from "../promotion/index.ts";

/** Commits of an environment whose answers are kept: what automation looks at, and what people name. */
const mostCommits = 4;

export interface ChecksDependencies {
  readonly check: CheckGate;
  readonly clock: Clock;
  readonly log: Logger;
  /** Ends with the hub. */
  readonly signal: AbortSignal;
  /** There is an answer. */
  readonly changed: (environment: string) => void;
}

export interface CheckRequest {
  readonly environment: string;
  readonly checks: readonly PromotionCheck[];
  readonly commit: Revision;
  /** Everything else has passed. */
  readonly isDue: boolean;
  /** Where the commit runs already. */
  readonly upstream: { readonly environment: string; readonly clusters: readonly string[] };
}

/**
 * Looks at the world for promotions. Answers are kept in memory: a hub that has started asks anew, in which a Job of the same time
 * is found again by its id.
 */
export interface Checks {
  /** How they stand; asks for what is due, and does not wait for it. */
  gates(request: CheckRequest): readonly Gate[];
}

interface Asked {
  /** Of what is asked: an edited check knows nothing yet. */
  readonly key: string;
  readonly answers: Map<string, CheckAnswer>;
  readonly ending: AbortController;
}

export function createChecks({ check, clock, log, signal, changed }: ChecksDependencies): Checks {
  /** By environment, the one looked at last at the end. */
  const known = new Map<string, Asked[]>();

  function askedOf({ environment, checks, commit }: CheckRequest): Asked {
    const key = digestOf(JSON.stringify([commit, checks]));
    const all = known.get(environment) ?? [];
    const found = all.find((each) => each.key === key) ?? { key, answers: new Map(), ending: new AbortController() };
    const kept = [...all.filter((each) => each !== found), found];
    for (const old of kept.splice(0, Math.max(0, kept.length - mostCommits))) old.ending.abort();
    known.set(environment, kept);
    return found;
  }

  function ask(request: CheckRequest, asked: Asked, { name, gate, recheckMs }: PromotionCheck, attempt: number): void {
    const { environment, commit, upstream } = request;
    const { answers, ending } = asked;
    const now = clock.now();
    const note = (verdict: CheckAnswer["verdict"], message: string) => {
      if (answers.get(name)?.message === message && verdict === "running") return;
      answers.set(name, { verdict, message, at: clock.now(), attempt });
      if (verdict !== "running") log.info({ environment, check: name, commit, verdict }, message);
      changed(environment);
    };
    answers.set(name, { verdict: "running", message: "Is being asked", at: now, attempt });
    // In the same round it is the same question, whichever process asks it.
    const id = digestOf([environment, name, asked.key, Math.floor(now / recheckMs), attempt].join(" ")).slice(0, 16);
    const question = { id, name, gate, revision: commit, ...upstream };
    const options = {
      signal: AbortSignal.any([signal, ending.signal]),
      progress: (message: string) => note("running", message),
    };
    check(question, options).then(
      ({ verdict, message }) => note(verdict, message),
      (thrown: unknown) => {
        if (isAbort(thrown) || options.signal.aborted) return;
        note("failed", toAppError(thrown).message);
      },
    );
  }

  return {
    gates(request) {
      if (request.checks.length === 0) {
        known.delete(request.environment);
        return [];
      }
      const asked = askedOf(request);
      return request.checks.map((each) => {
        const step = checkStep(each, asked.answers.get(each.name), request.isDue, clock.now());
        if (step.ask !== undefined) ask(request, asked, each, step.ask);
        return step.gate;
      });
    },
  };
}
