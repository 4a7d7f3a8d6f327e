import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";

/** So many items become one piece of text: long enough to be fast, short enough to let others in between. */
const itemsPerPiece = 500;

/**
 * Sends { items }. A listing of the whole fleet may have hundreds of thousands of items: written piece by piece as fast as the
 * client reads, it neither holds up the streams of the agents nor stands in memory as one text.
 */
export function sendItems(reply: FastifyReply, items: readonly unknown[]): FastifyReply {
  if (items.length <= itemsPerPiece) return reply.send({ items });
  return reply.type("application/json; charset=utf-8").send(Readable.from(pieces(items), { objectMode: false }));
}

function* pieces(items: readonly unknown[]): Generator<string> {
  yield '{"items":[';
  for (let start = 0; start < items.length; start += itemsPerPiece) {
    const text = JSON.stringify(items.slice(start, start + itemsPerPiece));
    yield (start === 0 ? "" : ",") + text.slice(1, -1);
  }
  yield "]}";
}
