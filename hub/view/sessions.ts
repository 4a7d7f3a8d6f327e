import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import type { Clock } from "../../common/async/index.ts";

/** Browsers' sessions: a cookie stands for a token, for some hours. */
export interface Sessions {
  /** Value of a Set-Cookie header. */
  open(token: string, options: { readonly secure: boolean }): string;
  /** Value of a Set-Cookie header that ends it. */
  end(): string;
  /** Of a Cookie header; undefined: none of this hub, or over. */
  tokenIn(cookies: string | undefined): string | undefined;
}

const cookieName = "drover_session";
const lifetimeMs = 12 * 3_600_000;
const cipher = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;
/** No script reads it, no other site's page sends it. */
const attributes = "; Path=/; HttpOnly; SameSite=Strict";

/**
 * The cookie holds the token and when the session ends, sealed with a key that comes of the hub's admin token. So nothing is
 * kept, sessions outlive a restart, a revoked token is refused in a cookie too, and who steals a cookie has no token.
 */
export function createSessions({
  adminToken,
  clock,
}: {
  readonly adminToken: string;
  readonly clock: Clock;
}): Sessions {
  const key = Buffer.from(hkdfSync("sha256", adminToken, "", "drover session", 32));
  return {
    open(token, { secure }) {
      const nonce = randomBytes(nonceBytes);
      const sealing = createCipheriv(cipher, key, nonce);
      const text = JSON.stringify({ token, endsAt: clock.now() + lifetimeMs });
      const sealed = Buffer.concat([nonce, sealing.update(text, "utf8"), sealing.final(), sealing.getAuthTag()]);
      const maxAge = `; Max-Age=${lifetimeMs / 1000}`;
      return `${cookieName}=${sealed.toString("base64url")}${attributes}${maxAge}${secure ? "; Secure" : ""}`;
    },
    end: () => `${cookieName}=${attributes}; Max-Age=0`,
    tokenIn(cookies = "") {
      const [, value] = new RegExp(`(?:^|; ?)${cookieName}=([\\w-]+)`).exec(cookies) ?? [];
      const opened = value === undefined ? undefined : unseal(key, Buffer.from(value, "base64url"));
      return opened !== undefined && clock.now() < opened.endsAt ? opened.token : undefined;
    },
  };
}

function unseal(key: Buffer, sealed: Buffer): { readonly token: string; readonly endsAt: number } | undefined {
  if (sealed.length < nonceBytes + tagBytes) return undefined;
  const opening = createDecipheriv(cipher, key, sealed.subarray(0, nonceBytes));
  opening.setAuthTag(sealed.subarray(-tagBytes));
  try {
    const text = Buffer.concat([opening.update(sealed.subarray(nonceBytes, -tagBytes)), opening.final()]);
    return JSON.parse(text.toString()) as { token: string; endsAt: number };
  } catch {
    return undefined;
  }
}
