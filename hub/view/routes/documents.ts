import type { FastifyInstance } from "fastify";
import { applicationJsonSchema, fleetJsonSchema } from "../../../common/schema/index.ts";

/** What describes this hub to programs and editors; public, like the documentation it is. */
export function documentRoutes(app: FastifyInstance): void {
  const fleet = fleetJsonSchema();
  const application = applicationJsonSchema();
  const schema = (file: string) => ({
    schema: { summary: `JSON Schema of ${file}, for editors`, tags: ["schemas"], security: [] },
  });

  app.get("/api/v1/openapi.json", { schema: { hide: true } }, () => app.swagger());
  app.get("/api/v1/schemas/fleet.json", schema("fleet.yaml"), (_request, reply) =>
    reply.type("application/schema+json").send(JSON.stringify(fleet)),
  );
  app.get("/api/v1/schemas/application.json", schema("application.yaml"), (_request, reply) =>
    reply.type("application/schema+json").send(JSON.stringify(application)),
  );
}
