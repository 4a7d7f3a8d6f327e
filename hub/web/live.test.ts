import { expect, test } from "vitest";
import type { Answer } from "./client.ts";
import type { Batch } from "./event-stream.ts";
import { createLive } from "./live.ts";

type Stream = ReadableStream<Uint8Array>;
const away: Answer<Stream> = { ok: false, kind: "away", message: "The hub does not answer" };
const loggedOut: Answer<Stream> = { ok: false, kind: "loggedOut", message: "The token is missing" };

/** A connection that the test writes to and ends. */
function connection(): { readonly answer: Answer<Stream>; write(text: string): void; end(): void } {
  const encoder = new TextEncoder();
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const value = new ReadableStream<Uint8Array>({ start: (own) => void (controller = own) });
  return {
    answer: { ok: true, value },
    write: (text) => controller?.enqueue(encoder.encode(text)),
    end: () => controller?.close(),
  };
}

test("createLive() says since when it is not live, keeps trying, and tells what changed", async () => {
  const [first, second] = [connection(), connection()];
  const answers = [first.answer, away, away, second.answer];
  const batches: Batch[] = [];
  let now = 1_000;
  const live = createLive({
    client: { changes: async () => answers.shift() ?? away },
    now: () => now++,
    loggedOut: () => expect.unreachable(),
    firstRetryMs: 1,
  });
  const states: string[] = [];
  live.state.subscribe((state) =>
    states.push(state.kind === "lost" ? `lost since ${state.since}: ${state.reason}` : state.kind),
  );
  live.subscribe((batch) => batches.push(batch));
  live.start();
  first.write("event: resync\ndata: {}\n\n");
  await expect.poll(() => batches.length).toBe(1);
  first.end();
  await expect.poll(() => answers.length).toBe(0);
  second.write('event: change\ndata: {"kind":"drift"}\n\n');
  await expect.poll(() => batches.length).toBe(2);
  live.stop();
  expect([batches, states]).toEqual([
    ["everything", [{ kind: "drift" }]],
    [
      "connecting",
      "live",
      "lost since 1000: The hub closed the connection",
      "lost since 1000: The hub does not answer",
      "lost since 1000: The hub does not answer",
      "live",
    ],
  ]);
});

test("createLive() says when the session is over", async () => {
  let told = false;
  const live = createLive({
    client: { changes: async () => loggedOut },
    now: () => 0,
    loggedOut() {
      told = true;
      live.stop();
    },
  });
  live.start();
  await expect.poll(() => told).toBe(true);
  expect(live.state.value).toEqual({ kind: "connecting" });
});
