import { LRUCache } from "lru-cache";
import type { Cancellable, GitSource, Revision } from "../ports.ts";
import type { SshKeygen } from "./ssh-keygen.ts";

const remembered = 20_000;

/** Why a commit may not be used; undefined when somebody who is allowed to has signed it. */
export type CheckCommit = (revision: Revision, options: Cancellable) => Promise<string | undefined>;

export function createCommitCheck(
  git: Pick<GitSource, "commit" | "signature">,
  keygen: SshKeygen,
  allowed: { readonly file: string; readonly name: string },
): CheckCommit {
  const verdicts = new LRUCache<Revision, { readonly reason: string | undefined }>({ max: remembered });
  return async (revision, options) => {
    const known = verdicts.get(revision);
    if (known !== undefined) return known.reason;
    const { author } = await git.commit(revision, options);
    const signature = await git.signature(revision, options);
    const who = `commit ${revision.slice(0, 12)} by ${author.name} <${author.email}>`;
    const expected = `expected the SSH signature of a signer in "${allowed.name}"`;
    let reason: string | undefined;
    if (signature === undefined) reason = `${who} is not signed: ${expected}`;
    else if (!signature.armoured.startsWith("-----BEGIN SSH SIGNATURE-----")) {
      reason = `${who} has a signature of another kind: ${expected}`;
    } else if ((await keygen.signer(allowed.file, signature, options)) === undefined) {
      reason = `${who} has a signature of somebody else, or one that does not fit: ${expected}`;
    }
    verdicts.set(revision, { reason });
    return reason;
  };
}
