import type { StoredAssignment } from "../ports.ts";

/** Bytes in base64. */
interface EncodedAssignment {
  readonly header: StoredAssignment["header"];
  readonly signedHeader: { readonly header: string; readonly signature: string };
}

export function encodeAssignment({ header, signedHeader }: StoredAssignment): EncodedAssignment {
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
  return {
    header,
    signedHeader: { header: base64(signedHeader.header), signature: base64(signedHeader.signature) },
  };
}

/** Throws when it is none. */
export function decodeAssignment(value: unknown): StoredAssignment {
  const { header, signedHeader } = value as EncodedAssignment;
  const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));
  return { header, signedHeader: { header: bytes(signedHeader.header), signature: bytes(signedHeader.signature) } };
}
