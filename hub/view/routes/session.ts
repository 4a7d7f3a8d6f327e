import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Actor, type Asking, mustBeOurPage } from "../auth.ts";
import { errorResponses } from "../schemas.ts";
import type { Sessions } from "../sessions.ts";

const path = "/api/v1/session";
const tags = ["operations"];
const answers = { 200: z.object({ name: z.string().describe("Whose token it is") }), ...errorResponses };

/** Logging in and out of the web UI: its cookie stands for a token. */
export function sessionRoutes(
  app: FastifyInstance,
  sessions: Sessions,
  authenticate: (request: Asking) => Actor,
): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  typed.post(
    path,
    {
      config: { rateLimit: { max: 60, timeWindow: "1 minute" } },
      schema: {
        summary: "Exchange a token for a session cookie of the web UI",
        tags,
        body: z.strictObject({ token: z.string().min(1, "a token").max(4096) }),
        security: [],
        response: answers,
      },
    },
    async (request, reply) => {
      mustBeOurPage(request);
      const { token } = request.body;
      const name = authenticate({ method: "POST", headers: { authorization: `Bearer ${token}` } });
      const secure = request.protocol === "https" || request.headers["x-forwarded-proto"] === "https";
      return reply.header("set-cookie", sessions.open(token, { secure })).send({ name });
    },
  );
  typed.get(path, { schema: { summary: "Who asks", tags, response: answers } }, async (request) => ({
    name: authenticate(request),
  }));
  typed.delete(
    path,
    {
      schema: {
        summary: "End the session of this browser",
        tags,
        security: [],
        response: { 204: z.null().describe("Done"), ...errorResponses },
      },
    },
    async (_request, reply) => reply.header("set-cookie", sessions.end()).status(204).send(null),
  );
}
