import type { RequestListener } from "node:http";
import { createServer } from "node:http";
import rateLimit from "@fastify/rate-limit";
import swagger from "@fastify/swagger";
import { fastify } from "fastify";
import { jsonSchemaTransform, validatorCompiler } from "fastify-type-provider-zod";
import { systemClock } from "../../common/async/index.ts";
import { AppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { FleetActions, FleetEvents, FleetInspection, FleetQueries } from "../surfaces.ts";
import { createAuthenticator } from "./auth.ts";
import { installErrors } from "./errors.ts";
import { createFront, type FrontOptions } from "./front.ts";
import { installHeaders } from "./headers.ts";
import { isLoopback } from "./loopback.ts";
import { documentRoutes } from "./routes/documents.ts";
import { eventRoutes } from "./routes/events.ts";
import { freezeRoutes } from "./routes/freezes.ts";
import { inspectionRoutes } from "./routes/inspection.ts";
import { type MachineRoutes, machineRoutes } from "./routes/machines.ts";
import { readRoutes } from "./routes/reads.ts";
import { sessionRoutes } from "./routes/session.ts";
import { tokenRoutes } from "./routes/tokens.ts";
import { webRoutes } from "./routes/web.ts";
import { writeRoutes } from "./routes/writes.ts";
import { createSessions } from "./sessions.ts";
import { createWebFiles } from "./web-files.ts";

export interface HttpServerOptions extends Pick<MachineRoutes, "verifyWebhook" | "metrics"> {
  readonly host: string;
  readonly port: number;
  readonly tls: FrontOptions["tls"];
  /** Serve plain HTTP to others than this machine: only behind a proxy that ends TLS. */
  readonly plainFromAnywhere: boolean;
  readonly adminToken: string;
  /** Whose token it is; undefined: nobody's. */
  readonly holderOf: (token: string) => string | undefined;
  readonly version: string;
  readonly queries: FleetQueries;
  readonly actions: FleetActions;
  readonly inspection: FleetInspection;
  readonly events: FleetEvents;
  readonly log: Logger;
}

export interface HttpServer {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

/** The HTTP API under /api/v1, what operations need beside it, and the web UI. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { queries, actions, events, log } = options;
  let handler: RequestListener | undefined;
  const app = fastify({
    // The front owns the sockets; fastify only handles requests.
    serverFactory: (listener) => {
      handler = listener;
      return createServer();
    },
    bodyLimit: 1024 * 1024,
    forceCloseConnections: true,
  });
  app.setValidatorCompiler(validatorCompiler);
  // The types already guarantee the shape; parsing every answer once more would cost more than making it.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  installErrors(app, log);
  installHeaders(app);
  // Per route, keyed by the address the request comes from.
  await app.register(rateLimit, {
    global: false,
    errorResponseBuilder: (_request, { after }) =>
      new AppError("RESOURCE_EXHAUSTED", `Too many requests: try again in ${after}`),
  });
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Drover",
        version: options.version,
        description: "Keeps a fleet of Kubernetes clusters at what Git says",
      },
      components: {
        securitySchemes: {
          token: { type: "http", scheme: "bearer", description: "The hub's admin token, from DATA/admin-token" },
          session: { type: "apiKey", in: "cookie", name: "drover_session", description: "Of the web UI's page" },
        },
      },
      security: [{ token: [] }, { session: [] }],
    },
    transform: jsonSchemaTransform,
  });

  const sessions = createSessions({ adminToken: options.adminToken, clock: systemClock });
  const authenticate = createAuthenticator(options.adminToken, options.holderOf, sessions);
  sessionRoutes(app, sessions, authenticate);
  webRoutes(app, createWebFiles());
  machineRoutes(app, { actions, queries, verifyWebhook: options.verifyWebhook, metrics: options.metrics });
  await app.register(async (guarded) => {
    guarded.addHook("onRequest", async (request) => void authenticate(request));
    readRoutes(guarded, queries);
    writeRoutes(guarded, actions, authenticate);
    freezeRoutes(guarded, queries, actions, authenticate);
    tokenRoutes(guarded, queries, actions, authenticate);
    eventRoutes(guarded, events);
    inspectionRoutes(guarded, options.inspection);
  });
  documentRoutes(app);
  await app.ready();
  if (handler === undefined) throw new Error("fastify did not ask for a server");

  const front = createFront({
    handler,
    tls: options.tls,
    allowsPlain: (address) => options.plainFromAnywhere || isLoopback(address),
  });
  const { host, port } = await front.listen(options.host, options.port);
  return {
    host,
    port,
    async close() {
      await front.close();
      await app.close();
    },
  };
}
