import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import { systemClock } from "../../common/async/index.ts";
import { answerTo, bodyOf } from "./errors.ts";

/** What goes wrong until then is answered with its own status. */
const firstMs = 1_000;
const heartbeatMs = 15_000;

/**
 * Sends values as lines of JSON, as fast as the client reads and no faster; an empty line now and then keeps the connection alive.
 * When something goes wrong later, the last line is { error }. The signal aborts when the client goes away.
 */
export async function sendLines(
  reply: FastifyReply,
  start: (signal: AbortSignal) => AsyncIterable<unknown>,
): Promise<FastifyReply> {
  const gone = new AbortController();
  reply.raw.once("close", () => gone.abort());
  const values = start(gone.signal)[Symbol.asyncIterator]();
  const first = values.next();
  await earlier(first, firstMs);

  async function* lines(): AsyncGenerator<string> {
    try {
      for (let next = first; ; next = values.next()) {
        while (!(await earlier(next, heartbeatMs))) yield "\n";
        const { done, value } = await next;
        if (done === true) return;
        yield `${JSON.stringify(value)}\n`;
      }
    } catch (thrown) {
      if (gone.signal.aborted) return;
      yield `${JSON.stringify(bodyOf(answerTo(thrown, reply.request.id).error))}\n`;
    } finally {
      gone.abort();
      await values.return?.();
    }
  }

  return reply
    .type("application/x-ndjson; charset=utf-8")
    .header("x-accel-buffering", "no")
    .send(Readable.from(lines(), { objectMode: false, highWaterMark: 1 }));
}

/** Whether it settles within this time; rejects as it does. */
async function earlier(work: Promise<unknown>, ms: number): Promise<boolean> {
  const late = new AbortController();
  try {
    const waited = systemClock.sleep(ms, { signal: late.signal }).then(
      () => false,
      () => true,
    );
    return await Promise.race([work.then(() => true), waited]);
  } finally {
    late.abort();
  }
}
