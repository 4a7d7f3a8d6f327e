/** A commit of the trunk, as promotion counts it. */
export interface Change {
  readonly commit: string;
  /** What it says is told by its tree: a forge's merge makes another commit of it. */
  readonly tree: string;
  /** Grows along the trunk. */
  readonly ordinal: number;
  /** E-mail address of whoever wrote it. */
  readonly author: string;
}
