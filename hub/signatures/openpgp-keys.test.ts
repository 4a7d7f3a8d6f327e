import * as fc from "fast-check";
import {
  config,
  createMessage,
  enums,
  generateKey,
  PacketList,
  type PrivateKey,
  readSignature,
  Signature,
  SignaturePacket,
  sign,
} from "openpgp";
import { expect, test } from "vitest";
import { parseOpenpgpKeys } from "./openpgp-keys.ts";

const now = new Date("2026-11-23T10:00:00Z");
const payload = Buffer.from("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nsaid\n");

async function newKey(name: string) {
  const userIDs = [{ name, email: `${name}@example.com` }];
  const options = { userIDs, type: "curve25519", date: new Date("2026-01-01T00:00:00Z") } as const;
  const { privateKey, publicKey } = await generateKey({ ...options, format: "object" });
  return { privateKey, armoured: publicKey.armor(), id: publicKey.getKeyID().toHex().toUpperCase() };
}

async function signed(signingKeys: PrivateKey | readonly PrivateKey[], date = now): Promise<string> {
  const message = await createMessage({ binary: payload });
  return sign({ message, signingKeys: [signingKeys].flat(), detached: true, date });
}

const ann = await newKey("ann");
const eve = await newKey("eve");
const keys = await parseOpenpgpKeys(`Ann's, and why\n\n${ann.armoured}\n`, "keys.asc");
const judge = async (armoured: string, said = payload) => keys.reasonAgainst({ armoured, payload: said }, now);

test("a signature counts when an allowed key made it over these bytes, from then until a little from now", async () => {
  const both = await parseOpenpgpKeys(`${ann.armoured}${eve.armoured}`, "keys.asc");
  const good = await signed(ann.privateKey);
  const words = `has a signature with the OpenPGP key ${ann.id} of ann <ann@example.com> that does not count`;
  expect([
    await judge(good),
    await both.reasonAgainst({ armoured: await signed(eve.privateKey), payload }, now),
    await judge(await signed(ann.privateKey, new Date("2026-11-23T10:04:00Z"))),
    await judge(await signed(eve.privateKey)),
    await judge(good, Buffer.from("other\n")),
    await judge(await signed(ann.privateKey, new Date("2026-11-23T10:06:00Z"))),
  ]).toEqual([
    undefined,
    undefined,
    undefined,
    `is signed by somebody else, with the OpenPGP key ${eve.id}`,
    `${words} (Signed digest did not match)`,
    `${words} (Signature creation time is in the future)`,
  ]);
});

test("two signatures are none, nor is one that is not over a document", async () => {
  const none = "does not have one OpenPGP signature of a document";
  const timestamp = new SignaturePacket();
  Object.assign(timestamp, {
    signatureType: enums.signature.timestamp,
    publicKeyAlgorithm: ann.privateKey.keyPacket.algorithm,
    hashAlgorithm: enums.hash.sha512,
  });
  // Over nothing at all, whatever it is shown with.
  const signWith = timestamp.sign.bind(timestamp) as (...args: readonly unknown[]) => Promise<void>;
  await signWith(ann.privateKey.keyPacket, new Uint8Array(), now, true, config);
  const packets = new PacketList<SignaturePacket>();
  packets.push(timestamp);
  expect([
    await judge(await signed([ann.privateKey, eve.privateKey])),
    await judge(await signed([ann.privateKey, ann.privateKey])),
    await judge(new Signature(packets).armor()),
  ]).toEqual([none, none, none]);
});

test("whatever stands where a signature should, there is a reason and no exception", async () => {
  const good = await signed(ann.privateKey);
  const { packets } = await readSignature({ armoredSignature: good });
  const bytes = packets.write();
  const armour = (inside: Uint8Array) =>
    `-----BEGIN PGP SIGNATURE-----\n\n${Buffer.from(inside).toString("base64")}\n-----END PGP SIGNATURE-----\n`;
  expect(await judge(armour(bytes))).toBeUndefined();
  const mutated = fc
    .tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), fc.nat(bytes.length))
    .map(([at, flip, cut]) => {
      const copy = Uint8Array.from(bytes);
      copy[at] = (copy[at] ?? 0) ^ flip;
      return armour(at < cut ? copy.subarray(0, cut) : copy);
    });
  const anything = fc.oneof(
    mutated,
    fc.uint8Array({ maxLength: 300 }).map(armour),
    fc.string(),
    fc.constant(good.slice(0, 90)),
  );
  await fc.assert(
    fc.asyncProperty(anything, async (armoured) => {
      const reason = await judge(armoured, Buffer.from("what nobody signed"));
      expect(reason).toMatch(/^(has an? |is signed by |does not )[^\n]*$/);
    }),
    { numRuns: 300 },
  );
  expect(await judge(armour(new Uint8Array(60_000)))).toBe("has a signature that is too long");
});

test("a file that is not one of public keys is refused with what it is", async () => {
  const refusal = async (text: string) => {
    const outcome = await parseOpenpgpKeys(text, "keys.asc").catch((thrown: unknown) => thrown);
    return outcome instanceof Error ? outcome.message : outcome;
  };
  const expected = 'expected armoured OpenPGP public keys, as of "gpg --export --armor"';
  expect([
    await refusal(""),
    await refusal("ssh-ed25519 AAAA"),
    await refusal(ann.privateKey.armor()),
    await refusal(`${ann.armoured}${eve.armoured.slice(0, 200)}`),
  ]).toEqual([
    `Cannot use the allowed keys in "keys.asc": there is none: ${expected}`,
    `Cannot use the allowed keys in "keys.asc": there is none: ${expected}`,
    `Cannot use the allowed keys in "keys.asc": there is a private key: ${expected}`,
    `Cannot use the allowed keys in "keys.asc": block 2: Misformed armored text: ${expected}`,
  ]);
});
