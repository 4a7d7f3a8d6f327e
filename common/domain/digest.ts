import { createHash } from "node:crypto";

/** SHA-256 in lower-case hex. */
export type Digest = string;

export function digestOf(content: string | Uint8Array): Digest {
  return createHash("sha256").update(content).digest("hex");
}

/** JSON with sorted keys: equal values have equal text, hence equal digests. Absent and undefined fields are the same. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (inner === null || typeof inner !== "object" || Array.isArray(inner)) return inner;
    const source = inner as Record<string, unknown>;
    return Object.fromEntries(
      Object.keys(source)
        .sort()
        .map((key) => [key, source[key]]),
    );
  });
}
