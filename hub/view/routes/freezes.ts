import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { FleetActions, FleetQueries } from "../../surfaces.ts";
import type { Actor } from "../auth.ts";
import { freezeBody, freezeSchema, unfreezeBody } from "../freeze-schemas.ts";
import { errorResponses, filterQuery } from "../schemas.ts";

/** What nothing may go into, and for how long. */
export function freezeRoutes(
  app: FastifyInstance,
  queries: Pick<FleetQueries, "freezes">,
  actions: Pick<FleetActions, "freeze" | "unfreeze">,
  authenticate: (request: FastifyRequest) => Actor,
): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  const response = { 200: z.object({ items: z.array(freezeSchema) }), ...errorResponses };
  typed.get(
    "/api/v1/freezes",
    { schema: { summary: "What is frozen now", tags: ["fleet"], querystring: filterQuery, response } },
    async (request) => ({ items: [...queries.freezes(request.query)] }),
  );
  typed.post(
    "/api/v1/freezes",
    {
      schema: {
        summary: "Let nothing be promoted into an environment, or into any, and no rollout start",
        tags: ["operations"],
        body: freezeBody,
        response: { 201: freezeSchema, ...errorResponses },
      },
    },
    async (request, reply) => {
      const { environment, reason, until } = request.body;
      const made = await actions.freeze(environment, { reason, until, actor: authenticate(request) });
      return reply.status(201).send(made);
    },
  );
  typed.post(
    "/api/v1/freezes/lift",
    {
      schema: {
        summary: "Lift the freeze of an environment, or that of everything",
        tags: ["operations"],
        body: unfreezeBody,
        response: { 204: z.null().describe("Done"), ...errorResponses },
      },
    },
    async (request, reply) => {
      const { environment, reason } = request.body;
      await actions.unfreeze(environment, { reason, actor: authenticate(request) });
      return reply.status(204).send(null);
    },
  );
}
