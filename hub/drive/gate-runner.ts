import { isAbort, toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { CheckGate } from "../gates/index.ts";
import { type RolloutEffect, revisionOf } from "../rollout/index.ts";
import type { Answer } from "./driver.ts";

type RunGate = Extract<RolloutEffect, { type: "runGate" }>;

/** Attempts of gates that are under way. Each is made once, however often it is asked for. */
export interface GateRunner {
  run(environment: string, effect: RunGate, clusters: readonly string[], answer: (event: Answer) => void): void;
  cancel(id: string): void;
  close(): void;
}

export function createGateRunner({ check, log }: { readonly check: CheckGate; readonly log: Logger }): GateRunner {
  const running = new Map<string, AbortController>();
  return {
    run(environment, { id, name, gate, revision }, clusters, answer) {
      if (running.has(id)) return;
      const own = new AbortController();
      running.set(id, own);
      check(
        { id, environment, name, gate, clusters, revision: revisionOf(revision) },
        {
          signal: own.signal,
          progress: (message) => answer({ type: "gate", id, verdict: "running", message }),
        },
      )
        .then(({ verdict, message }) => {
          log.info({ environment, gate: name, verdict }, message);
          answer({ type: "gate", id, verdict, message });
        })
        .catch((thrown: unknown) => {
          if (own.signal.aborted || isAbort(thrown)) return;
          answer({ type: "gate", id, verdict: "failed", message: toAppError(thrown).message });
        })
        .finally(() => running.delete(id));
    },
    cancel(id) {
      running.get(id)?.abort();
    },
    close() {
      for (const own of running.values()) own.abort();
    },
  };
}
