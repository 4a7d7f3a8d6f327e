import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { AppError } from "../../common/errors.ts";

/** Who acts; stands in the audit line of every mutation. */
export type Actor = string;

/** Checks the bearer token and names the actor. UNAUTHENTICATED otherwise. */
export function createAuthenticator(adminToken: string): (request: FastifyRequest) => Actor {
  const expected = sha256(adminToken);
  return (request) => {
    const [scheme, token] = (request.headers.authorization ?? "").split(" ");
    if (scheme !== "Bearer" || token === undefined || token === "") {
      throw new AppError(
        "UNAUTHENTICATED",
        "Authorization is missing: run 'drover login URL --token T' with the token in the hub's DATA/admin-token",
      );
    }
    if (!timingSafeEqual(sha256(token), expected)) {
      throw new AppError("UNAUTHENTICATED", "The token is wrong: the hub's is in its DATA/admin-token");
    }
    return "admin";
  };
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
