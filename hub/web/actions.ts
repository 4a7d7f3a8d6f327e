import type { PromotionView, RolloutView } from "../../common/domain/index.ts";
import { shortRevision } from "./words.ts";

/** Something that people may do, as the API takes it. */
export interface Action {
  readonly label: string;
  /** What will happen, for whoever is about to say yes. */
  readonly consequence: string;
  readonly path: string;
  readonly body: Readonly<Record<string, string>>;
  /** Whether people may say why. */
  readonly takesReason: boolean;
}

const underWay: readonly RolloutView["state"][] = ["waiting", "updating", "baking", "verifying"];

/** What makes sense now; the hub may still refuse it, and then says why. */
export function actionsOf(
  environment: string,
  promotion: PromotionView | undefined,
  rollout: RolloutView | undefined,
): readonly Action[] {
  return [...approvals(environment, promotion, rollout), ...(rollout === undefined ? [] : courses(rollout))];
}

/** Of the commit that is looked at, so that nobody approves another one by accident. */
function approvals(
  environment: string,
  promotion: PromotionView | undefined,
  rollout: RolloutView | undefined,
): readonly Action[] {
  const inRollout = rollout?.gates.find(
    ({ state, message }) => state === "running" && /^\d+ of \d+ approval/.test(message),
  );
  const inPromotion = promotion?.gates.some(({ name, state }) => name === "approvals" && state === "waiting") === true;
  const revision = inRollout === undefined ? (inPromotion ? promotion?.candidate : undefined) : rollout?.revision;
  if (revision === undefined || revision === null) return [];
  const consequence =
    inRollout === undefined
      ? `Your word that it may come into ${environment}, once its other gates have passed.`
      : `Your word for the gate "${inRollout.name}" ${inRollout.when} wave "${inRollout.wave}".`;
  return [
    {
      label: `Approve ${shortRevision(revision)}`,
      consequence,
      path: `environments/${encodeURIComponent(environment)}/approve`,
      body: { revision },
      takesReason: false,
    },
  ];
}

function courses({ environment, state, waves, hold }: RolloutView): readonly Action[] {
  const failed = waves.some(({ clusters }) => clusters.failed > 0);
  const action = (label: string, name: string, consequence: string): Action => ({
    label,
    consequence,
    path: `environments/${encodeURIComponent(environment)}/rollout/${name}`,
    body: {},
    takesReason: true,
  });
  return [
    ...(underWay.includes(state)
      ? [action("Pause", "pause", "No further cluster gets it until somebody resumes it.")]
      : []),
    ...(state === "aborted" || (state === "paused" && failed)
      ? [action("Retry", "retry", "The clusters that failed are tried again, and it goes on from there.")]
      : []),
    ...(state === "paused" && !failed ? [action("Resume", "resume", "It goes on from the start of this wave.")] : []),
    hold === null
      ? action("Hold", "hold", "What is under way goes on, and nothing new starts by itself until it is released.")
      : action("Release", "release", "What waited for the hold starts."),
  ];
}
