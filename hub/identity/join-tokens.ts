import { randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "../../common/async/index.ts";
import { digestOf } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import { decodeJoinToken, encodeJoinToken } from "../../common/wire/index.ts";
import type { Collection } from "../ports.ts";

/** What the hub keeps of a join token: enough to recognise it, not to use it. */
export interface JoinTokenRecord {
  readonly cluster: string;
  /** SHA-256 of the secret. */
  readonly hash: string;
  readonly expiresAt: string;
  /** The operator said that another cluster may take this name. */
  readonly replace: boolean;
  readonly usedAt: string | undefined;
  /** Digest of the request that used it: the same request may come again, its answer may have been lost. */
  readonly usedBy: string | undefined;
}

export interface IssueTokenOptions {
  readonly ttlMs: number;
  readonly replace: boolean;
  /** "https://HOST:PORT" of the HTTP API. */
  readonly enrolUrl: string;
  readonly caFingerprint: string;
}

/** Single-use, short-lived tokens. UNAUTHENTICATED with the reason for all that is not one. */
export interface JoinTokens {
  issue(cluster: string, options: IssueTokenOptions): Promise<{ readonly token: string; readonly expiresAt: string }>;
  /** Looks, does not use. */
  check(text: string, usedBy: string): Promise<JoinTokenRecord>;
  /** Uses it, atomically: of two callers one gets it. The same `usedBy` may come again until the token expires. */
  redeem(text: string, usedBy: string): Promise<JoinTokenRecord>;
}

/** Spent tokens are kept this long, so that "used at …" can still be said. */
const keepMs = 7 * 24 * 3_600_000;

export function createJoinTokens(options: {
  readonly collection: Collection<JoinTokenRecord>;
  readonly clock: Clock;
}): JoinTokens {
  const { collection, clock } = options;

  async function forgetOld(): Promise<void> {
    const limit = clock.now() - keepMs;
    const old = (await collection.entries()).filter(([, record]) => Date.parse(record.expiresAt) < limit);
    if (old.length > 0) await collection.write(old.map(([id]) => [id, undefined] as const));
  }

  return {
    async issue(cluster, { ttlMs, replace, enrolUrl, caFingerprint }) {
      await forgetOld();
      const id = randomBytes(6).toString("hex");
      const secret = randomBytes(24).toString("base64url");
      const expiresAt = new Date(clock.now() + ttlMs).toISOString();
      await collection.set(id, {
        cluster,
        hash: digestOf(secret),
        expiresAt,
        replace,
        usedAt: undefined,
        usedBy: undefined,
      });
      return { token: encodeJoinToken({ id, secret, cluster, enrolUrl, caFingerprint }), expiresAt };
    },
    async check(text, usedBy) {
      const { id, secret } = decodeJoinToken(text);
      return proven(await collection.get(id), secret, usedBy, clock.now());
    },
    async redeem(text, usedBy) {
      const { id, secret } = decodeJoinToken(text);
      let refusal: unknown;
      const written = await collection.update(id, (current) => {
        refusal = undefined;
        try {
          const record = proven(current, secret, usedBy, clock.now());
          return record.usedAt === undefined
            ? { ...record, usedAt: new Date(clock.now()).toISOString(), usedBy }
            : record;
        } catch (thrown) {
          refusal = thrown;
          return current;
        }
      });
      if (refusal !== undefined) throw refusal;
      if (written === undefined) throw unknownToken();
      return written;
    },
  };
}

function unknownToken(): AppError {
  return new AppError("UNAUTHENTICATED", "Cannot accept the join token: this hub did not issue it");
}

function proven(record: JoinTokenRecord | undefined, secret: string, usedBy: string, now: number): JoinTokenRecord {
  const hash = Buffer.from(digestOf(secret), "hex");
  // An unknown id costs the same comparison as a wrong secret.
  const known = Buffer.from(record?.hash ?? "0".repeat(64), "hex");
  if (!timingSafeEqual(hash, known) || record === undefined) throw unknownToken();
  if (record.usedAt !== undefined && record.usedBy !== usedBy) {
    throw new AppError("UNAUTHENTICATED", `Cannot accept the join token: it was used at ${record.usedAt}`);
  }
  if (Date.parse(record.expiresAt) <= now) {
    throw new AppError("UNAUTHENTICATED", `Cannot accept the join token: it expired at ${record.expiresAt}`);
  }
  return record;
}
