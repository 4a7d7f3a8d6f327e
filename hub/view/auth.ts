import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { AppError } from "../../common/errors.ts";

/** Who acts; stands in the audit line of every mutation. */
export type Actor = string;

/** Checks the bearer token, in constant time, and names the actor. UNAUTHENTICATED otherwise. */
export function createAuthenticator(
  adminToken: string,
  /** Whose token it is; undefined: nobody's. */
  holderOf: (token: string) => Actor | undefined,
): (request: Pick<FastifyRequest, "headers">) => Actor {
  const expected = sha256(adminToken);
  return ({ headers }) => {
    const [, token] = /^bearer +(\S+)$/i.exec(headers.authorization ?? "") ?? [];
    if (token === undefined) {
      throw new AppError(
        "UNAUTHENTICATED",
        "The token is missing: send 'Authorization: Bearer TOKEN' with the token in the hub's DATA/admin-token",
      );
    }
    if (!timingSafeEqual(sha256(token), expected)) {
      const holder = holderOf(token);
      if (holder !== undefined) return holder;
      throw new AppError("UNAUTHENTICATED", "The token is wrong: the hub's is in its DATA/admin-token");
    }
    return "admin";
  };
}

// Hashes have one length, which is what a comparison in constant time needs.
function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
