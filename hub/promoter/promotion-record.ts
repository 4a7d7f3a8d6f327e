import type { PromotionRecordView } from "../../common/domain/index.ts";
import type { Revision } from "../ports.ts";
import type { Approval, Soak } from "../promotion/index.ts";

/** What the hub remembers of the way into one environment. */
export interface PromotionRecord {
  readonly upstream: UpstreamRecord;
  /** Commits that the upstream environment finished with, newest last. */
  readonly proven: readonly Proof[];
  readonly approvals: readonly Approval[];
  /** Written before the branch is moved, so that a hub that dies meanwhile can tell what became of it. */
  readonly moving: PromotionRecordView | undefined;
  /** Newest last. */
  readonly history: readonly PromotionRecordView[];
}

export interface UpstreamRecord {
  readonly soak: Soak | undefined;
  /** The commit that last altered what the upstream environment runs. */
  readonly changedAt: Revision | undefined;
}

export interface Proof {
  readonly commit: Revision;
  /** Why it counts as proven, in the words of the gates. */
  readonly reasons: readonly string[];
}

export const emptyRecord: PromotionRecord = {
  upstream: { soak: undefined, changedAt: undefined },
  proven: [],
  approvals: [],
  moving: undefined,
  history: [],
};

const kept = { proven: 200, approvals: 100, history: 200 };

export function withProof(record: PromotionRecord, proof: Proof): PromotionRecord {
  const others = record.proven.filter(({ commit }) => commit !== proof.commit);
  return { ...record, proven: [...others, proof].slice(-kept.proven) };
}

/** A second word of the same person for the same commit replaces the first. */
export function withApproval(record: PromotionRecord, approval: Approval): PromotionRecord {
  const others = record.approvals.filter(({ actor, commit }) => actor !== approval.actor || commit !== approval.commit);
  return { ...record, approvals: [...others, approval].slice(-kept.approvals) };
}

/** Once, whoever finds out that it happened: a branch is moved from one commit to another a single time. */
export function withMove(record: PromotionRecord, move: PromotionRecordView): PromotionRecord {
  // Another hub's move from the same commit has lost.
  const moving = record.moving?.from === move.from ? undefined : record.moving;
  if (record.history.some(({ from, to }) => from === move.from && to === move.to)) return { ...record, moving };
  return { ...record, moving, history: [...record.history, move].slice(-kept.history) };
}
