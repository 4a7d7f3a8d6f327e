import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { FleetInspection, InspectionOptions } from "../../surfaces.ts";
import { diffLineSchema, eventItemsSchema, logLinesSchema, manifestSchema } from "../inspection-schemas.ts";
import { sendLines } from "../lines.ts";
import { errorResponses } from "../schemas.ts";

const tags = ["inspection"];
const name = z.object({ name: z.string() });
const flag = z.stringbool().default(false);
const count = z.coerce.number().int().min(0).max(1_000_000).default(0);
const lines = (description: string, schema: z.ZodType) => ({
  200: { description, content: { "application/x-ndjson": { schema } } },
  ...errorResponses,
});

/** What agents are asked for: live objects, differences, logs and events. Nothing is changed by it. */
export function inspectionRoutes(app: FastifyInstance, inspection: FleetInspection): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();

  typed.get(
    "/api/v1/environments/:name/object",
    {
      schema: {
        summary: "A live object, without secret values",
        tags,
        params: name,
        querystring: z.strictObject({
          cluster: z.string(),
          kind: z.string(),
          name: z.string(),
          namespace: z.string().optional(),
          managedFields: flag,
        }),
        response: { 200: manifestSchema, ...errorResponses },
      },
    },
    async (request, reply) => {
      const gone = new AbortController();
      reply.raw.once("close", () => gone.abort());
      return inspection.show({ environment: request.params.name, ...request.query }, { signal: gone.signal });
    },
  );

  typed.get(
    "/api/v1/environments/:name/diff",
    {
      schema: {
        summary: "Desired against live on all its clusters, by server-side dry-run",
        tags,
        params: name,
        querystring: z.strictObject({
          revision: z.string().min(4).optional().describe("As it would be at this commit; default: what is assigned"),
          cluster: z.string().optional(),
          application: z.string().optional(),
        }),
        response: lines("{ progress } as clusters answer, then { diff }", diffLineSchema),
      },
    },
    (request, reply) => {
      const { revision, cluster, application } = request.query;
      const clusters = cluster === undefined ? undefined : [cluster];
      const wanted = { environment: request.params.name, revision, clusters, application };
      return sendLines(reply, (signal) =>
        withProgress(signal, async (options) => ({ diff: await inspection.diff(wanted, options) })),
      );
    },
  );

  typed.get(
    "/api/v1/environments/:name/logs",
    {
      schema: {
        summary: "Logs of the pods of an application on one cluster",
        tags,
        params: name,
        querystring: z.strictObject({
          cluster: z.string(),
          application: z.string(),
          target: z.string().default("").describe("A pod's name, or KIND/NAME of an object; default: every pod"),
          container: z.string().default(""),
          follow: flag,
          previous: flag,
          tail: count.describe("Lines from the end; 0: all"),
          sinceSeconds: count.describe("0: all"),
        }),
        response: lines("Lines of one container that came together, or its error", logLinesSchema),
      },
    },
    (request, reply) =>
      sendLines(reply, (signal) => inspection.logs({ environment: request.params.name, ...request.query }, { signal })),
  );

  typed.get(
    "/api/v1/environments/:name/events",
    {
      schema: {
        summary: "Kubernetes events of its objects and of what controllers made for them, oldest first",
        tags,
        params: name,
        querystring: z.strictObject({ cluster: z.string().optional(), application: z.string().optional() }),
        response: { 200: eventItemsSchema, ...errorResponses },
      },
    },
    async (request, reply) => {
      const gone = new AbortController();
      reply.raw.once("close", () => gone.abort());
      return inspection.events({ environment: request.params.name, ...request.query }, { signal: gone.signal });
    },
  );
}

/** How far the work is, whenever it is looked at, then what it comes to. */
async function* withProgress(
  signal: AbortSignal,
  work: (options: InspectionOptions) => Promise<object>,
): AsyncGenerator<object> {
  const seen: { progress?: { readonly answered: number; readonly asked: number } } = {};
  let wake = () => {};
  const running = work({
    signal,
    answered(answered, asked) {
      seen.progress = { answered, asked };
      wake();
    },
  });
  // Who leaves early does not hear how it ends.
  running.catch(() => undefined);
  for (;;) {
    const changed = new Promise<undefined>((resolve) => {
      wake = () => resolve(undefined);
    });
    const { progress } = seen;
    delete seen.progress;
    if (progress !== undefined) yield { progress };
    const result = await Promise.race([running, changed]);
    if (result !== undefined) return void (yield result);
  }
}
