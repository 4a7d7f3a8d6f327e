import type { FastifyInstance } from "fastify";
import type { FleetEvents } from "../../surfaces.ts";
import { createPendingChanges, resyncEvent } from "../pending-changes.ts";
import { errorResponses, eventSchema } from "../schemas.ts";

const heartbeatMs = 15_000;
/** Changes within this time become one write. */
const batchMs = 50;
/** A client that has read nothing for so many heartbeats is gone. */
const silentHeartbeats = 4;

/**
 * Server-sent events: "change" with { kind, environment?, cluster?, application? }; "resync" when the client should list again,
 * which each stream begins with. Level-triggered: the client reads the newest state by itself, so there is nothing to replay.
 */
export function eventRoutes(app: FastifyInstance, events: FleetEvents): void {
  const schema = {
    summary: "Live changes, as server-sent events",
    description:
      'Each "change" names what to read again; "resync" says to read everything. Lines that begin with a colon keep the connection alive.',
    tags: ["fleet"],
    response: {
      200: { description: "Until the client goes away", content: { "text/event-stream": { schema: eventSchema } } },
      ...errorResponses,
    },
  };
  app.get("/api/v1/events", { schema, exposeHeadRoute: false }, (_request, reply) => {
    const changes = createPendingChanges();
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    });
    raw.write(resyncEvent);

    let timer: NodeJS.Timeout | undefined;
    // While the socket is full, what comes waits in `changes`, whose size is bounded.
    const flush = () => {
      timer = undefined;
      if (raw.writableNeedDrain) return;
      const text = changes.take();
      if (text !== "") raw.write(text);
    };
    raw.on("drain", flush);
    const unsubscribe = events.subscribe((change) => {
      changes.add(change);
      timer ??= setTimeout(flush, batchMs);
    });
    let silent = 0;
    const heartbeat = setInterval(() => {
      silent = raw.writableNeedDrain ? silent + 1 : 0;
      if (silent === 0) raw.write(": alive\n\n");
      else if (silent >= silentHeartbeats) raw.destroy();
    }, heartbeatMs);
    raw.once("close", () => {
      unsubscribe();
      clearInterval(heartbeat);
      clearTimeout(timer);
    });
  });
}
