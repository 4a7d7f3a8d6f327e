import type { Manifest } from "../../common/domain/index.ts";

/** How SOPS begins each value that it encrypted, also in base64: three characters of text are four of that. */
const cipher = ["ENC[AES256_GCM,", Buffer.from("ENC[AES256_G").toString("base64")];

/**
 * Where an object is still encrypted with SOPS: "sops", its own field, or "data.password"; undefined where nothing is. The value is
 * never part of it.
 */
export function encryptedField(manifest: Manifest): string | undefined {
  const { sops } = manifest as { readonly sops?: unknown };
  if (typeof sops === "object" && sops !== null && ("mac" in sops || "version" in sops)) return "sops";
  if (manifest.kind !== "Secret" && manifest.kind !== "ConfigMap") return undefined;
  for (const field of ["data", "stringData", "binaryData"]) {
    const values = manifest[field];
    if (typeof values !== "object" || values === null) continue;
    const found = Object.entries(values).find(([, value]) => isCipher(value));
    if (found !== undefined) return `${field}.${found[0]}`;
  }
  return undefined;
}

function isCipher(value: unknown): boolean {
  return typeof value === "string" && cipher.some((start) => value.startsWith(start));
}
