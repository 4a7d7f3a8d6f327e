import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";

/** A fresh P-256 key and a certificate request (PKCS#10) signed by it; both PEM. */
export interface KeyRequest {
  readonly privateKey: string;
  readonly csr: string;
}

/**
 * Written out by hand, because all of it is one sequence of four parts, and a library for X.509 would be the largest thing in
 * the agent's memory. The hub takes only the key from it.
 */
export function createKeyRequest(commonName: string): KeyRequest {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
  return { privateKey: pem, csr: requestFor(pem, commonName) };
}

function requestFor(privateKey: string, commonName: string): string {
  const key = createPrivateKey(privateKey);
  const info = sequence(
    der(tags.integer, Buffer.from([0])),
    sequence(der(tags.set, sequence(oidCommonName, der(tags.utf8String, Buffer.from(commonName))))),
    createPublicKey(key).export({ format: "der", type: "spki" }),
    // No attributes.
    der(tags.context0, Buffer.alloc(0)),
  );
  const signature = sign("sha256", info, { key, dsaEncoding: "der" });
  // The leading zero: no unused bits.
  const request = sequence(info, sequence(oidEcdsaSha256), der(tags.bitString, Buffer.from([0]), signature));
  const lines = request.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE REQUEST-----", ...lines, "-----END CERTIFICATE REQUEST-----", ""].join("\n");
}

const tags = {
  integer: 0x02,
  bitString: 0x03,
  objectId: 0x06,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
  context0: 0xa0,
} as const;

// 2.5.4.3
const oidCommonName = der(tags.objectId, Buffer.from("550403", "hex"));
// 1.2.840.10045.4.3.2
const oidEcdsaSha256 = der(tags.objectId, Buffer.from("2a8648ce3d040302", "hex"));

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(tags.sequence, ...parts);
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head =
    length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
}
