import { LRUCache } from "lru-cache";
import type { Cancellable, CommitSignature, GitSource, Revision } from "../ports.ts";

const remembered = 20_000;
/** A refusal is not for ever: signers of tomorrow, signatures of the next minutes. */
const refusedForMs = 10 * 60_000;

/** Why a commit may not be used; undefined when somebody who is allowed to has signed it. */
export type CheckCommit = (revision: Revision, options: Cancellable) => Promise<string | undefined>;

/** Says which signatures of one kind count. */
export interface Judge {
  /** What such a signature begins with. */
  readonly armour: string;
  /** What is expected, for people: "the SSH signature of …". Undefined: goes without saying. */
  readonly expected: string | undefined;
  /** Why one does not count, as what follows "commit … "; undefined when it does. */
  reasonAgainst(signature: CommitSignature, options: Cancellable): Promise<string | undefined>;
}

export function createCommitCheck(git: Pick<GitSource, "commit" | "signature">, judges: readonly Judge[]): CheckCommit {
  const verdicts = new LRUCache<Revision, { readonly reason: string | undefined }>({ max: remembered });
  const expected = `expected ${judges.flatMap((judge) => judge.expected ?? []).join(", or ")}`;

  async function reasonAgainst(signature: CommitSignature | undefined, options: Cancellable) {
    if (signature === undefined) return "is not signed";
    const judge = judges.find(({ armour }) => signature.armoured.startsWith(armour));
    return judge === undefined ? "has a signature of another kind" : judge.reasonAgainst(signature, options);
  }

  return async (revision, options) => {
    const known = verdicts.get(revision);
    if (known !== undefined) return known.reason;
    const { author } = await git.commit(revision, options);
    const against = await reasonAgainst(await git.signature(revision, options), options);
    if (against === undefined) {
      verdicts.set(revision, { reason: undefined });
      return undefined;
    }
    const reason = `commit ${revision.slice(0, 12)} by ${author.name} <${author.email}> ${against}: ${expected}`;
    verdicts.set(revision, { reason }, { ttl: refusedForMs });
    return reason;
  };
}
