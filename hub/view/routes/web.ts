import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { WebFile, WebFiles } from "../web-files.ts";

/** Addresses of the web UI; the page itself shows what each of them is about. */
const pages = ["/", "/environments/:name", "/clusters", "/clusters/:name", "/drift"];

/** Only what the hub itself serves is run, shown and asked; no text becomes code. */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** The web UI; public, since it is the same for everyone: what it shows comes from the API. */
export function webRoutes(app: FastifyInstance, files: WebFiles): void {
  for (const path of pages) {
    app.get(path, { schema: { hide: true } }, async (request, reply) => {
      reply.headers({ "cache-control": "no-cache", "content-security-policy": pagePolicy });
      return send(request, reply, await files.page());
    });
  }
  app.get<{ Params: { name: string } }>("/assets/:name", { schema: { hide: true } }, async (request, reply) => {
    const file = await files.asset(request.params.name);
    if (file === undefined) return reply.callNotFound();
    // Another content has another name.
    reply.header("cache-control", "public, max-age=31536000, immutable");
    return send(request, reply, file);
  });
}

function send({ headers }: FastifyRequest, reply: FastifyReply, { type, plain, gzipped }: WebFile): FastifyReply {
  reply.headers({ "content-type": type, vary: "accept-encoding" });
  if (!/\bgzip\b/.test(String(headers["accept-encoding"]))) return reply.send(plain);
  return reply.header("content-encoding", "gzip").send(gzipped);
}
