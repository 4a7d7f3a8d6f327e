import type { FastifyInstance } from "fastify";
import type { FleetChange, FleetEvents } from "../../ports.ts";

const heartbeatMs = 15_000;
/** Changes within this time become one write. */
const batchMs = 50;
/** A client that reads slower than this many distinct changes is told to read everything again. */
const maxPending = 1_000;

/**
 * Server-sent events: "change" with { kind, environment?, cluster?, application? }; "resync" when the client should list again.
 * Level-triggered: equal changes are one, the client reads the newest state by itself.
 */
export function eventRoutes(app: FastifyInstance, events: FleetEvents): void {
  app.get("/api/v1/events", { schema: { summary: "Live changes (SSE)", tags: ["fleet"] } }, (request, reply) => {
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    });
    raw.write("event: resync\ndata: {}\n\n");
    const pending = new Map<string, FleetChange>();
    let overflow = false;
    let timer: NodeJS.Timeout | undefined;

    const flush = () => {
      timer = undefined;
      if (raw.writableNeedDrain) {
        raw.once("drain", flush);
        return;
      }
      const lines = overflow
        ? ["event: resync\ndata: {}\n\n"]
        : [...pending.values()].map((change) => `event: change\ndata: ${JSON.stringify(change)}\n\n`);
      overflow = false;
      pending.clear();
      raw.write(lines.join(""));
    };
    const unsubscribe = events.subscribe((change) => {
      pending.set(`${change.kind}/${change.environment}/${change.cluster}/${change.application}`, change);
      if (pending.size > maxPending) {
        overflow = true;
        pending.clear();
      }
      timer ??= setTimeout(flush, batchMs);
    });
    const heartbeat = setInterval(() => raw.write(": alive\n\n"), heartbeatMs);
    request.raw.once("close", () => {
      unsubscribe();
      clearInterval(heartbeat);
      clearTimeout(timer);
    });
  });
}
