import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { AppError } from "../../../common/errors.ts";
import type { FleetActions, FleetQueries } from "../../surfaces.ts";
import { enrolBody, enrolSchema, errorResponses, statusSchema, webhookSchema } from "../schemas.ts";

export interface MachineRoutes {
  readonly actions: FleetActions;
  readonly queries: FleetQueries;
  /** Throws UNAUTHENTICATED when a secret is configured and the signature is wrong. */
  /** Whether it is worth a fetch; throws when the sender is not who it should be. */
  readonly verifyWebhook: (headers: Readonly<Record<string, string | string[] | undefined>>, body: Buffer) => boolean;
  /** Prometheus text. */
  readonly metrics: () => Promise<string>;
}

/** What agents, forges and monitoring call: authenticated by token, signature or not at all. */
export function machineRoutes(app: FastifyInstance, { actions, queries, verifyWebhook, metrics }: MachineRoutes): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();

  typed.post(
    "/api/v1/enrol",
    {
      config: { rateLimit: { max: 600, timeWindow: "1 minute" } },
      schema: {
        summary: "Exchange a join token and a CSR for a certificate",
        tags: ["agents"],
        body: enrolBody,
        security: [],
        response: { 200: enrolSchema, ...errorResponses },
      },
    },
    async (request) => {
      if (request.protocol !== "https") {
        throw new AppError("FAILED_PRECONDITION", "Enrolment needs https: the token would travel in the clear");
      }
      return actions.enrol(request.body);
    },
  );

  app.register(async (raw) => {
    // The signature covers the bytes, so the body must not be parsed.
    raw.removeAllContentTypeParsers();
    raw.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, next) => next(null, body));
    raw.post(
      "/api/v1/webhooks/git",
      {
        config: { rateLimit: { max: 120, timeWindow: "1 minute" } },
        schema: {
          summary: "A push happened: fetch now; or something at a pull request or a commit status: look there",
          description:
            "Signed as forges do where the hub has a secret; without one it is a hint and its content is ignored.",
          tags: ["git"],
          security: [],
          response: { 202: webhookSchema, ...errorResponses },
        },
      },
      async (request, reply) => {
        const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        if (verifyWebhook(request.headers, body)) await actions.fetchNow();
        return reply.status(202).send({ accepted: true });
      },
    );
  });

  const open = (summary: string) => ({ summary, tags: ["operations"], security: [] });
  app.get("/healthz", { schema: { ...open("The process lives"), response: { 200: statusSchema } } }, () => ({
    status: "ok",
  }));
  app.get(
    "/readyz",
    { schema: { ...open("It serves agents"), response: { 200: statusSchema, 503: statusSchema } } },
    (_request, reply) => {
      const { ready, reason } = queries.ready();
      return reply.status(ready ? 200 : 503).send({ status: ready ? "ok" : "not ready", reason });
    },
  );
  app.get("/metrics", { schema: open("Prometheus metrics") }, async (_request, reply) =>
    reply.type("text/plain; version=0.0.4; charset=utf-8").send(await metrics()),
  );
}
