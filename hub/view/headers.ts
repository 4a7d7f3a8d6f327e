import type { FastifyInstance } from "fastify";

/** Answers are data: never to be run, framed, guessed at or kept by a browser or proxy. */
export function installHeaders(app: FastifyInstance): void {
  app.addHook("onSend", async (_request, reply) => {
    reply.headers({
      "cache-control": "no-store",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    });
  });
}
