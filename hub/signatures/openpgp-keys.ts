import { readFile } from "node:fs/promises";
import type { PublicKey, Signature } from "openpgp";
import { AppError } from "../../common/errors.ts";
import type { CommitSignature } from "../ports.ts";

/** One signature packet is below 2 KiB. */
const maxArmoured = 64 * 1024;
/** Clocks of signers may be ahead of ours. */
const toleranceMs = 5 * 60_000;

/** OpenPGP public keys whose signatures count. */
export interface OpenpgpKeys {
  /** Why a signature does not count, as what follows "commit … "; undefined when it does. Never throws. */
  reasonAgainst(signature: CommitSignature, now: Date): Promise<string | undefined>;
}

/** Of a file with armoured blocks, one below the other. FAILED_PRECONDITION when that is not what is in it. */
export async function readOpenpgpKeys(path: string): Promise<OpenpgpKeys> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new AppError("FAILED_PRECONDITION", `Cannot read the allowed keys in "${path}"`, { cause });
  });
  return parseOpenpgpKeys(text, path);
}

/** `name`: of where the text is from, for messages. */
export async function parseOpenpgpKeys(text: string, name: string): Promise<OpenpgpKeys> {
  // Only hubs that have such keys load it.
  const { createMessage, readKeys, readSignature, verify } = await import("openpgp");
  const config = {
    // Keys that were made anew, with a later date of expiry, say nothing of before: they count if they do now.
    allowInsecureVerificationWithReformattedKeys: true,
  };

  function refuse(why: string, cause?: unknown): AppError {
    const expected = 'expected armoured OpenPGP public keys, as of "gpg --export --armor"';
    return new AppError("FAILED_PRECONDITION", `Cannot use the allowed keys in "${name}": ${why}: ${expected}`, {
      cause,
    });
  }

  const keys: PublicKey[] = [];
  if (text.includes("-----BEGIN PGP PRIVATE KEY BLOCK-----")) throw refuse("there is a private key");
  const blocks = text.split(/^(?=-----BEGIN PGP PUBLIC KEY BLOCK-----)/m).filter((block) => block.startsWith("-----"));
  for (const [index, armoredKeys] of blocks.entries()) {
    try {
      keys.push(...(await readKeys({ armoredKeys, config })));
    } catch (cause) {
      throw refuse(`block ${index + 1}: ${said(cause)}`, cause);
    }
  }
  if (keys.length === 0) throw refuse("there is none");

  async function judge({ armoured, payload }: CommitSignature, now: Date): Promise<string | undefined> {
    if (armoured.length > maxArmoured) return "has a signature that is too long";
    let signature: Signature;
    try {
      signature = await readSignature({ armoredSignature: armoured, config });
    } catch (thrown) {
      return `has an OpenPGP signature that cannot be read (${said(thrown)})`;
    }
    const message = await createMessage({ binary: new Uint8Array(payload) });
    const date = new Date(now.getTime() + toleranceMs);
    const { signatures } = await verify({
      message,
      signature,
      verificationKeys: keys,
      format: "binary",
      date,
      config,
    });
    // Of several one could be anybody's. What is signed as a key, not as a document, is not among them.
    const [only] = signatures;
    if (only === undefined || signature.packets.length !== 1)
      return "does not have one OpenPGP signature of a document";
    const id = only.keyID.toHex().toUpperCase();
    const key = keys.find((each) => each.getKeys(only.keyID).length > 0);
    if (key === undefined) return `is signed by somebody else, with the OpenPGP key ${id}`;
    const who = `the OpenPGP key ${id} of ${key.getUserIDs()[0] ?? "somebody"}`;
    return only.verified.then(
      () => undefined,
      (thrown: unknown) => `has a signature with ${who} that does not count (${said(thrown)})`,
    );
  }

  return {
    reasonAgainst: (signature, now) =>
      judge(signature, now).catch(
        (thrown: unknown) => `has an OpenPGP signature that cannot be judged (${said(thrown)})`,
      ),
  };
}

/** In the library's words, in one line. */
function said(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return text.replaceAll(/\s+/g, " ").slice(0, 200);
}
