import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { FleetQueries } from "../../ports.ts";
import {
  applicationSchema,
  clusterSchema,
  driftSchema,
  environmentSchema,
  filterQuery,
  objectSchema,
  problemSchema,
} from "../schemas.ts";

const items = <T extends z.ZodType>(item: T) => ({ 200: z.object({ items: z.array(item) }) });

/** Listings; each takes the same filter and answers { items }. */
export function readRoutes(app: FastifyInstance, queries: FleetQueries): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  const options = <T extends z.ZodType>(summary: string, item: T) => ({
    schema: { summary, tags: ["fleet"], querystring: filterQuery, response: items(item) },
  });
  typed.get("/api/v1/clusters", options("Clusters and what they run", clusterSchema), (request) => ({
    items: copy(queries.clusters(request.query)),
  }));
  typed.get("/api/v1/environments", options("Environments in promotion order", environmentSchema), (request) => ({
    items: copy(queries.environments(request.query)),
  }));
  typed.get("/api/v1/applications", options("Applications, one item per cluster", applicationSchema), (request) => ({
    items: copy(queries.applications(request.query)),
  }));
  typed.get("/api/v1/objects", options("Objects of applications", objectSchema), (request) => ({
    items: copy(queries.objects(request.query)),
  }));
  typed.get("/api/v1/drift", options("Drift, newest first", driftSchema), (request) => ({
    items: copy(queries.drift(request.query)),
  }));
  typed.get(
    "/api/v1/problems",
    {
      schema: {
        summary: "What is wrong with fleet.yaml or the repository",
        tags: ["fleet"],
        response: items(problemSchema),
      },
    },
    () => ({ items: copy(queries.problems()) }),
  );
}

/** The domain is readonly, the schemas' types are not; the values are the same. */
function copy<T>(views: readonly T[]): Mutable<T>[] {
  return views as unknown as Mutable<T>[];
}

type Mutable<T> = T extends readonly (infer E)[]
  ? Mutable<E>[]
  : T extends object
    ? { -readonly [K in keyof T]: Mutable<T[K]> }
    : T;
