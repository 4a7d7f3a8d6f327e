import type { PromotionRecordView } from "../../common/domain/index.ts";
import type { Note } from "../ledger/index.ts";
import type { Revision } from "../ports.ts";
import type { Approval, Nag, Soak } from "../promotion/index.ts";
import type { GateWaits } from "./gate-waits.ts";
import type { MoveHealths } from "./move-health.ts";

/** What the hub remembers of the way into one environment. */
export interface PromotionRecord {
  /** By the environments that changes come from. */
  readonly upstreams: Readonly<Record<string, UpstreamRecord>>;
  /** Commits that upstream environments finished with, newest last. */
  readonly proven: readonly Proof[];
  readonly approvals: readonly Approval[];
  /** Written before the branch is moved, so that a hub that dies meanwhile can tell what became of it. */
  readonly moving: readonly PromotionRecordView[];
  /** Newest last. */
  readonly history: readonly PromotionRecordView[];
  /** Its last tip that was in order: where the hub moved it, or found it along the trunk. */
  readonly seen: Revision | undefined;
  /** Tip of the branch up to which Git was read for the history. */
  readonly readTo: Revision | undefined;
  /** Of the environment itself; Git does not know of it. */
  readonly healths?: MoveHealths | undefined;
  /** Undefined while nothing goes next. */
  readonly waits?: GateWaits | undefined;
  /** What people were told of a commit that the trunk is to get. */
  readonly nag?: Nag | undefined;
  /** What Git is still to be told. */
  readonly unwritten: readonly Note[];
}

export interface UpstreamRecord {
  readonly soak: Soak | undefined;
  /** The commit that last altered what the upstream environment runs. */
  readonly changedAt: Revision | undefined;
}

export interface Proof {
  /** The environment that finished with it. */
  readonly upstream: string;
  readonly commit: Revision;
  /** Why it counts as proven, in the words of the gates. */
  readonly reasons: readonly string[];
}

export const emptyRecord: PromotionRecord = {
  upstreams: {},
  proven: [],
  approvals: [],
  moving: [],
  history: [],
  seen: undefined,
  readTo: undefined,
  unwritten: [],
};

/** Proven: of each upstream environment. */
const kept = { proven: 200, approvals: 100, history: 200, unwritten: 200, moving: 20 };

export function withProof(record: PromotionRecord, proof: Proof): PromotionRecord {
  const isOfSame = ({ upstream }: Proof) => upstream === proof.upstream;
  const others = record.proven.filter((each) => !isOfSame(each));
  const same = record.proven.filter((each) => isOfSame(each) && each.commit !== proof.commit);
  return { ...record, proven: [...others, ...[...same, proof].slice(-kept.proven)] };
}

/** What Git is to be told, until somebody told it. */
export function withNote(record: PromotionRecord, note: Note): PromotionRecord {
  return {
    ...record,
    unwritten: [...record.unwritten.filter((each) => !isSame(each, note)), note].slice(-kept.unwritten),
  };
}

export function withWritten(record: PromotionRecord, notes: readonly Note[]): PromotionRecord {
  return { ...record, unwritten: record.unwritten.filter((each) => !notes.some((note) => isSame(each, note))) };
}

/** What Git remembers; `moves`: how the branch came to `readTo`, newest first. Where both tell of a move, Git does. */
export function withMemory(
  record: PromotionRecord,
  memory: {
    readonly readTo: Revision | undefined;
    readonly moves: readonly PromotionRecordView[];
    readonly approvals: readonly Approval[];
  },
): PromotionRecord {
  const others = record.history.filter((each) => !memory.moves.some((move) => isSameMove(each, move)));
  const history = [...others, ...memory.moves.toReversed()].slice(-kept.history);
  const news = memory.approvals.filter(
    ({ actor, commit }) => !record.approvals.some((each) => each.actor === actor && each.commit === commit),
  );
  const approvals = [...record.approvals, ...news].slice(-kept.approvals);
  return { ...record, history, approvals, readTo: memory.readTo };
}

const isSame = (a: Note, b: Note) => a.revision === b.revision && a.paragraph === b.paragraph;
const isSameMove = (a: PromotionRecordView, b: PromotionRecordView) => a.from === b.from && a.to === b.to;

/** A second word of the same person for the same commit replaces the first. */
export function withApproval(record: PromotionRecord, approval: Approval): PromotionRecord {
  const others = record.approvals.filter(({ actor, commit }) => actor !== approval.actor || commit !== approval.commit);
  return { ...record, approvals: [...others, approval].slice(-kept.approvals) };
}

/** The tip that the last move made, where it is not the commit itself: a forge may have squashed it. */
export function madeTip({ history }: PromotionRecord): Revision | undefined {
  const last = history.at(-1);
  return last !== undefined && last.to !== last.commit ? last.to : undefined;
}

/** Before a branch is pushed: who dies then, or hears no answer, left this. Several may try at the same moment. */
export function withMoving(record: PromotionRecord, move: PromotionRecordView): PromotionRecord {
  return { ...withoutMoving(record, move), moving: [...withoutMoving(record, move).moving, move].slice(-kept.moving) };
}

/** It did not come to it. */
export function withoutMoving(record: PromotionRecord, move: PromotionRecordView): PromotionRecord {
  return { ...record, moving: record.moving.filter((each) => !isSameMove(each, move)) };
}

/** Once, whoever finds out that it happened: a branch is moved from one commit to another a single time. */
export function withMove(record: PromotionRecord, move: PromotionRecordView): PromotionRecord {
  // Other moves from the same commit have lost.
  const moving = record.moving.filter(({ from }) => from !== move.from);
  if (record.history.some((each) => isSameMove(each, move))) return { ...record, moving, seen: move.to };
  return { ...record, moving, seen: move.to, history: [...record.history, move].slice(-kept.history) };
}
