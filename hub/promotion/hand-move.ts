/** What is known of the tip of a branch that only promotions are to move. */
export interface TipFacts {
  /** There is a branch. */
  readonly exists: boolean;
  /** The hub has seen it in order before; the rest is about where it was then. */
  readonly isKnown: boolean;
  readonly isSame: boolean;
  /** The hub moved it there, or made the commit. */
  readonly isOurs: boolean;
  /** The trunk has the commit, or one that says the same. */
  readonly isOnTrunk: boolean;
  /** It descends from where the branch was. */
  readonly isForward: boolean;
  /** It says again what the branch said there: the hub has restored that. */
  readonly isRestored?: boolean;
}

/** "fine", or what a person did: "gone": deleted it; "back": took it back or forced it aside; "aside": to what the trunk does not have. */
export type TipVerdict = "fine" | "gone" | "back" | "aside";

/** Whoever takes a branch forward along the trunk does what a promotion does: that is fine. */
export function judgeTip({ exists, isKnown, isSame, isOurs, isOnTrunk, isForward, isRestored }: TipFacts): TipVerdict {
  if (!exists) return isKnown ? "gone" : "fine";
  if (isSame) return "fine";
  // The hub never takes a branch back: a commit of its own is no excuse, but what makes up for it.
  if (isKnown && !isForward) return isOurs && isRestored === true ? "fine" : "back";
  return isOurs || isOnTrunk ? "fine" : "aside";
}
