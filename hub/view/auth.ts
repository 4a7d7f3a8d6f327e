import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { AppError } from "../../common/errors.ts";
import type { Sessions } from "./sessions.ts";

/** Who acts; stands in the audit line of every mutation. */
export type Actor = string;

export type Asking = Pick<FastifyRequest, "headers" | "method">;

/** Checks the bearer token, or that of a browser's session, in constant time, and names the actor. UNAUTHENTICATED otherwise. */
export function createAuthenticator(
  adminToken: string,
  /** Whose token it is; undefined: nobody's. */
  holderOf: (token: string) => Actor | undefined,
  sessions: Pick<Sessions, "tokenIn">,
): (request: Asking) => Actor {
  const expected = sha256(adminToken);
  return (request) => {
    const { authorization, cookie } = request.headers;
    const [, bearer] = /^bearer +(\S+)$/i.exec(authorization ?? "") ?? [];
    const token = bearer ?? (authorization === undefined ? sessions.tokenIn(cookie) : undefined);
    if (token === undefined) {
      throw new AppError(
        "UNAUTHENTICATED",
        "The token is missing: send 'Authorization: Bearer TOKEN' with the token in the hub's DATA/admin-token",
      );
    }
    if (bearer === undefined && request.method !== "GET" && request.method !== "HEAD") mustBeOurPage(request);
    if (!timingSafeEqual(sha256(token), expected)) {
      const holder = holderOf(token);
      if (holder !== undefined) return holder;
      throw new AppError("UNAUTHENTICATED", "The token is wrong: the hub's is in its DATA/admin-token");
    }
    return "admin";
  };
}

/**
 * A browser sends the cookie by itself, whoever made the request. This header it lets pages of other origins add only after
 * asking the hub, which never agrees.
 */
export function mustBeOurPage({ headers }: Pick<Asking, "headers">): void {
  if (headers["x-drover-page"] !== undefined) return;
  throw new AppError("PERMISSION_DENIED", "Only the hub's own page may do this with a session: send a token instead");
}

// Hashes have one length, which is what a comparison in constant time needs.
function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
