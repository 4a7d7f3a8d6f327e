import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { deliveryGroupings, durationPattern, parseDuration } from "../../../common/domain/index.ts";
import type { FleetQueries, ViewFilter } from "../../surfaces.ts";
import { sendItems } from "../items.ts";
import {
  applicationSchema,
  changesSchema,
  clusterSchema,
  deliverySchema,
  driftSchema,
  environmentSchema,
  errorResponses,
  filterQuery,
  objectSchema,
  problemSchema,
  promotionRecordSchema,
  rolloutPlanSchema,
  rolloutSchema,
  wayInSchema,
} from "../schemas.ts";

const tags = ["fleet"];
const items = (item: z.ZodType) => ({ 200: z.object({ items: z.array(item) }), ...errorResponses });

/** Listings; each takes the same filter and answers { items }. */
export function readRoutes(app: FastifyInstance, queries: FleetQueries): void {
  function listing(path: string, summary: string, item: z.ZodType, list: (filter: ViewFilter) => readonly unknown[]) {
    const schema = { summary, tags, querystring: filterQuery, response: items(item) };
    app.get<{ Querystring: ViewFilter }>(path, { schema }, (request, reply) => sendItems(reply, list(request.query)));
  }
  listing("/api/v1/clusters", "Clusters and what they run", clusterSchema, queries.clusters);
  listing("/api/v1/environments", "Environments in promotion order", environmentSchema, queries.environments);
  listing("/api/v1/applications", "Applications, one item per cluster", applicationSchema, queries.applications);
  listing("/api/v1/objects", "Objects of applications", objectSchema, queries.objects);
  listing("/api/v1/drift", "Drift, newest first", driftSchema, queries.drift);
  listing("/api/v1/promotions", "What goes next into each environment, and its gates", wayInSchema, queries.promotions);
  listing("/api/v1/rollouts", "How a revision goes through each environment", rolloutSchema, queries.rollouts);

  app.get<{ Params: { name: string }; Querystring: { revision?: string } }>(
    "/api/v1/environments/:name/rollout/plan",
    {
      schema: {
        summary: "What a rollout of a revision would do, before it starts",
        tags,
        params: z.object({ name: z.string() }),
        querystring: z.strictObject({ revision: z.string().min(4).optional() }),
        response: { 200: rolloutPlanSchema, ...errorResponses },
      },
    },
    (request) => queries.rolloutPlan(request.params.name, request.query.revision),
  );

  app.get<{ Params: { name: string }; Querystring: { from?: string } }>(
    "/api/v1/environments/:name/changes",
    {
      schema: {
        summary: "What another environment, default the one before it, has that this one has not",
        tags,
        params: z.object({ name: z.string() }),
        querystring: z.strictObject({ from: z.string().min(1).optional() }),
        response: { 200: changesSchema, ...errorResponses },
      },
    },
    (request) => queries.changes(request.params.name, request.query.from),
  );

  app.get<{ Querystring: { environment?: string; window: string; by: (typeof deliveryGroupings)[number] } }>(
    "/api/v1/deliveries",
    {
      schema: {
        summary: "How often, how fast and how well changes came into environments",
        tags,
        querystring: z.strictObject({
          environment: z.string().min(1).optional(),
          window: z.string().regex(durationPattern).default("720h"),
          by: z.enum(deliveryGroupings).default("environment"),
        }),
        response: items(deliverySchema),
      },
    },
    async ({ query: { environment, window, by } }, reply) => {
      const windowMs = Math.max(1, parseDuration(window) ?? 1);
      return sendItems(reply, await queries.deliveries({ environment }, { windowMs, by }));
    },
  );

  app.get<{ Params: { name: string } }>(
    "/api/v1/environments/:name/history",
    {
      schema: {
        summary: "Promotions into it and rollbacks, newest first",
        tags,
        params: z.object({ name: z.string() }),
        response: items(promotionRecordSchema),
      },
    },
    (request, reply) => sendItems(reply, queries.history(request.params.name)),
  );

  const schema = { summary: "What is wrong with fleet.yaml or the repository", tags, response: items(problemSchema) };
  app.get("/api/v1/problems", { schema }, (_request, reply) => sendItems(reply, queries.problems()));
}
