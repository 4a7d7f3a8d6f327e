import type { AckPhase } from "../../common/domain/index.ts";
import type { Context } from "./context.ts";
import type { ApplicationState } from "./state.ts";

/** Says once per assignment when all of it is written, and when all of it is healthy. */
export interface Acknowledgements {
  restart(): void;
  passed(): void;
  count(application: ApplicationState, isApplied: boolean, isSettled: boolean): void;
  forget(application: ApplicationState): void;
  say(): void;
  appliedGeneration(): number;
}

export function createAcknowledgements(context: Context): Acknowledgements {
  const unapplied = new Set<ApplicationState>();
  const unsettled = new Set<ApplicationState>();
  const said = new Set<AckPhase>();
  let isCompared = false;
  let applied = 0;

  function say(phase: AckPhase): void {
    if (said.has(phase)) return;
    said.add(phase);
    const { environment, generation, digest } = context.index().desired.header;
    context.sink.ack({ environment, generation, digest, phase, reason: "" });
  }

  function mark(set: Set<ApplicationState>, application: ApplicationState, isDone: boolean): void {
    if (isDone) set.delete(application);
    else set.add(application);
  }

  return {
    restart() {
      said.clear();
      isCompared = false;
    },
    passed() {
      isCompared = true;
    },
    count(application, isApplied, isSettled) {
      mark(unapplied, application, isApplied);
      mark(unsettled, application, isSettled);
    },
    forget(application) {
      unapplied.delete(application);
      unsettled.delete(application);
    },
    say() {
      if (!isCompared || unapplied.size > 0) return;
      applied = context.index().desired.header.generation;
      say("applied");
      if (unsettled.size === 0) say("healthy");
    },
    appliedGeneration: () => applied,
  };
}
