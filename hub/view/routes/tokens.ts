import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { FleetActions, FleetQueries } from "../../surfaces.ts";
import type { Actor } from "../auth.ts";
import { errorResponses } from "../schemas.ts";

const tokenSchema = z.object({ name: z.string(), createdAt: z.string() });
const done = { 204: z.null().describe("Done"), ...errorResponses };

/** Who may use the API, by name. */
export function tokenRoutes(
  app: FastifyInstance,
  queries: Pick<FleetQueries, "tokens">,
  actions: Pick<FleetActions, "createToken" | "revokeToken">,
  authenticate: (request: FastifyRequest) => Actor,
): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  const response = { 200: z.object({ items: z.array(tokenSchema) }), ...errorResponses };
  typed.get(
    "/api/v1/tokens",
    { schema: { summary: "Who has a token, never the tokens", tags: ["fleet"], response } },
    async () => ({ items: [...queries.tokens()] }),
  );
  typed.post(
    "/api/v1/tokens",
    {
      schema: {
        summary: "Make a token for a person; it is shown this once",
        tags: ["operations"],
        body: z.strictObject({
          name: z.string().max(100).describe("Name or e-mail address, as their commits have it"),
        }),
        response: { 201: z.object({ name: z.string(), token: z.string() }), ...errorResponses },
      },
    },
    async (request, reply) => {
      const { name } = request.body;
      return reply.status(201).send(await actions.createToken(name, { actor: authenticate(request) }));
    },
  );
  typed.delete(
    "/api/v1/tokens/:name",
    {
      schema: {
        summary: "Refuse a person's token from now on",
        tags: ["operations"],
        params: z.object({ name: z.string() }),
        response: done,
      },
    },
    async (request, reply) => {
      await actions.revokeToken(request.params.name, { actor: authenticate(request) });
      return reply.status(204).send(null);
    },
  );
}
