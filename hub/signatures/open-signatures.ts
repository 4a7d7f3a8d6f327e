import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { GitSource, HubStore, Revision, SignCommit } from "../ports.ts";
import { createCommitCheck, type Judge } from "./commit-check.ts";
import { type OpenpgpKeys, readOpenpgpKeys } from "./openpgp-keys.ts";
import { createSshKeygen, type SshKeygen } from "./ssh-keygen.ts";
import { createVerifiedSource, type VerifiedSource } from "./verified-source.ts";

export interface SignaturesOptions {
  /** File with the hub's own private key, OpenSSH. */
  readonly signingKey: string | undefined;
  /** File of those whose commits are used, as ssh-keygen(1) has it under ALLOWED SIGNERS. */
  readonly allowedSigners: string | undefined;
  /** File of OpenPGP public keys whose commits are used, armoured, one below the other. */
  readonly allowedKeys: string | undefined;
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
  const { signingKey, allowedSigners, allowedKeys, email, dataDir } = options;
  const keygen = createSshKeygen(options.env);
  const ownKey = signingKey === undefined ? undefined : await keygen.publicKey(signingKey);
  const sign: SignCommit | undefined =
    signingKey === undefined ? undefined : (payload, cancellable) => keygen.sign(signingKey, payload, cancellable);
  if (allowedSigners === undefined && allowedKeys === undefined) {
    return { sign, verified: async (git) => ({ ...git, problems: () => [] }) };
  }
  if (ownKey === undefined) {
    const flag = allowedSigners === undefined ? "--allowed-keys" : "--allowed-signers";
    throw new AppError(
      "FAILED_PRECONDITION",
      `Cannot ask for signatures with ${flag} alone: the hub's own rollbacks would be refused, name its key with --signing-key`,
    );
  }
  // The hub's own commits are used too.
  const file = join(dataDir, "allowed-signers");
  const others = allowedSigners === undefined ? "" : `${(await read(allowedSigners)).trimEnd()}\n`;
  await writeFile(file, `${others}${email} namespaces="git" ${ownKey}\n`);
  const judges = [sshJudge(keygen, file, allowedSigners)];
  if (allowedKeys !== undefined) judges.push(openpgpJudge(await readOpenpgpKeys(allowedKeys), allowedKeys));
  return {
    sign,
    verified: (git, { store, trunk, log }) =>
      createVerifiedSource({
        git,
        check: createCommitCheck(git, judges),
        tips: store.collection<Revision>("verified"),
        trunk,
        log,
      }),
  };
}

function sshJudge(keygen: SshKeygen, file: string, name: string | undefined): Judge {
  return {
    armour: "-----BEGIN SSH SIGNATURE-----",
    expected: name === undefined ? undefined : `the SSH signature of a signer in "${name}"`,
    reasonAgainst: async (signature, options) =>
      (await keygen.signer(file, signature, options)) === undefined
        ? "has a signature of somebody else, or one that does not fit"
        : undefined,
  };
}

function openpgpJudge(keys: OpenpgpKeys, name: string): Judge {
  return {
    armour: "-----BEGIN PGP SIGNATURE-----",
    expected: `the OpenPGP signature of a key in "${name}"`,
    reasonAgainst: (signature) => keys.reasonAgainst(signature, new Date()),
  };
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new AppError("FAILED_PRECONDITION", `Cannot read the allowed signers in "${path}"`, { cause });
  }
}
