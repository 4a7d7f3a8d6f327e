import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { GitSource, HubStore, Revision, SignCommit } from "../ports.ts";
import { createCommitCheck } from "./commit-check.ts";
import { createSshKeygen } from "./ssh-keygen.ts";
import { createVerifiedSource, type VerifiedSource } from "./verified-source.ts";

export interface SignaturesOptions {
  /** File with the hub's own private key, OpenSSH. */
  readonly signingKey: string | undefined;
  /** File of those whose commits are used, as ssh-keygen(1) has it under ALLOWED SIGNERS. */
  readonly allowedSigners: string | undefined;
  /** Who the hub's commits are by. */
  readonly email: string;
  readonly dataDir: string;
  readonly env: NodeJS.ProcessEnv;
}

/** How commits are signed and which ones are used; without options, not at all and all. */
export interface Signatures {
  readonly sign: SignCommit | undefined;
  verified(
    git: GitSource,
    options: { readonly store: HubStore; readonly trunk: string; readonly log: Logger },
  ): Promise<VerifiedSource>;
}

/** FAILED_PRECONDITION when a file cannot be read, or is not what it should be. */
export async function openSignatures(options: SignaturesOptions): Promise<Signatures> {
  const { signingKey, allowedSigners, email } = options;
  const keygen = createSshKeygen(options.env);
  const ownKey = signingKey === undefined ? undefined : await keygen.publicKey(signingKey);
  const sign: SignCommit | undefined =
    signingKey === undefined ? undefined : (payload, cancellable) => keygen.sign(signingKey, payload, cancellable);
  if (allowedSigners === undefined) {
    return { sign, verified: async (git) => ({ ...git, problems: () => [] }) };
  }
  if (ownKey === undefined) {
    throw new AppError(
      "FAILED_PRECONDITION",
      "Cannot ask for signatures with --allowed-signers alone: the hub's own rollbacks would be refused, name its key with --signing-key",
    );
  }
  // The hub's own commits are used too.
  const file = join(options.dataDir, "allowed-signers");
  await writeFile(file, `${(await read(allowedSigners)).trimEnd()}\n${email} namespaces="git" ${ownKey}\n`);
  return {
    sign,
    verified: (git, { store, trunk, log }) =>
      createVerifiedSource({
        git,
        check: createCommitCheck(git, keygen, { file, name: allowedSigners }),
        tips: store.collection<Revision>("verified"),
        trunk,
        log,
      }),
  };
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new AppError("FAILED_PRECONDITION", `Cannot read the allowed signers in "${path}"`, { cause });
  }
}
