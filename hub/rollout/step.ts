import { advance } from "./advance.ts";
import { held, join, leave, presence, report, suspend } from "./clusters.ts";
import { createDraft, type Draft } from "./draft.ts";
import type { RolloutEffect } from "./effects.ts";
import type { RolloutEvent } from "./events.ts";
import { failRevert, waitForRevert } from "./failure.ts";
import { answerGate } from "./gates.ts";
import { makeWaves } from "./make-waves.ts";
import { openEffects } from "./open-effects.ts";
import { operate } from "./operations.ts";
import { editPolicy } from "./policy-edit.ts";
import { takeRevision } from "./runs.ts";
import type { RolloutState } from "./state.ts";
import { nextWake } from "./wake.ts";

export interface Step {
  readonly state: RolloutState;
  /** In order; to be done after the state was saved. */
  readonly effects: readonly RolloutEffect[];
}

/**
 * One event of one environment. No I/O, no clock, no randomness: the same events make the same state. Costs what the event
 * touches, but for a start, an edited policy and an operation, which look at all clusters.
 */
export function step(state: RolloutState, event: RolloutEvent): Step {
  const draft = createDraft(state, event.at);
  apply(draft, event);
  advance(draft);
  const wakeAt = nextWake(draft);
  if (wakeAt !== state.wakeAt || event.type === "restart") draft.effects.push({ type: "wake", wakeAt });
  draft.state.wakeAt = wakeAt;
  return { state: draft.finish(), effects: draft.effects };
}

function apply(draft: Draft, event: RolloutEvent): void {
  switch (event.type) {
    case "revision":
      return takeRevision(draft, event);
    case "policy":
      return editPolicy(draft, event.policy);
    case "join":
      join(draft, event);
      return unblock(draft);
    case "leave":
      leave(draft, event.cluster);
      return unblock(draft);
    case "presence":
      return presence(draft, event.cluster, event.online);
    case "suspend":
      return suspend(draft, event.cluster, event.reason);
    case "held":
      return held(draft, event.cluster, event.revision, event.reason);
    case "report":
      return report(draft, event.cluster, event);
    case "gate":
      return answerGate(draft, event.id, event.verdict, event.message);
    case "reverted":
      return takeRevision(draft, { ...event.release, revertOf: event.of });
    case "revertPending":
      return waitForRevert(draft, event.of, event.message);
    case "revertFailed":
      if (draft.run?.phase.name === "reverting" && draft.run.revision === event.of) failRevert(draft, event.message);
      return;
    case "notified":
      draft.state.notices = draft.state.notices.filter(({ id }) => id !== event.id);
      return;
    case "operation": {
      const refused = operate(draft, event);
      if (refused !== undefined) draft.effects.push({ type: "refuse", reason: refused });
      return;
    }
    case "restart":
      draft.effects.push(...openEffects(draft));
      return;
    case "tick":
      return;
  }
}

/** Waves that could not be made may be possible with other clusters. */
function unblock(draft: Draft): void {
  if (draft.run?.phase.name === "blocked") makeWaves(draft);
}
