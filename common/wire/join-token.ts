import { AppError } from "../errors.ts";

/** What a new agent needs to find the hub, to know it, and to be let in. Printed once, never stored in this form. */
export interface JoinToken {
  readonly id: string;
  readonly secret: string;
  readonly cluster: string;
  /** Base URL of the hub's HTTPS API: "https://HOST:PORT". */
  readonly enrolUrl: string;
  /** SHA-256 (lower-case hex) of the DER of the hub's CA certificate. */
  readonly caFingerprint: string;
}

const fields = ["id", "secret", "cluster", "enrolUrl", "caFingerprint"] as const;
/** Lets people and secret scanners recognise one, and tells the layout. */
const prefix = "drover1.";

export function encodeJoinToken(token: JoinToken): string {
  const values = fields.map((field) => token[field]);
  return prefix + Buffer.from(JSON.stringify(values)).toString("base64url");
}

/** INVALID_ARGUMENT for anything that `encodeJoinToken` did not make; the text is never part of the message. */
export function decodeJoinToken(text: string): JoinToken {
  const malformed = new AppError("INVALID_ARGUMENT", "Cannot read the join token: it is incomplete or no join token");
  const trimmed = text.trim();
  if (!trimmed.startsWith(prefix)) throw malformed;
  let values: unknown;
  try {
    values = JSON.parse(Buffer.from(trimmed.slice(prefix.length), "base64url").toString("utf8"));
  } catch {
    throw malformed;
  }
  if (!Array.isArray(values) || values.length < fields.length) throw malformed;
  const [id, secret, cluster, enrolUrl, caFingerprint] = values.map((value) =>
    typeof value === "string" ? value : "",
  );
  if (!id || !secret || !cluster || !enrolUrl || !/^[0-9a-f]{64}$/.test(caFingerprint ?? "")) throw malformed;
  if (!URL.canParse(enrolUrl) || new URL(enrolUrl).protocol !== "https:") throw malformed;
  return { id, secret, cluster, enrolUrl, caFingerprint: caFingerprint ?? "" };
}
