import { expect, test } from "vitest";
import { type Batch, parseEvents } from "./event-stream.ts";

async function batches(pieces: readonly Uint8Array[]): Promise<Batch[]> {
  const found: Batch[] = [];
  const body = (async function* () {
    yield* pieces;
  })();
  for await (const batch of parseEvents(body)) found.push(batch);
  return found;
}

const change = 'event: change\ndata: {"kind":"cluster","cluster":"süd"}\n\n';

test("parseEvents() gives changes that came together as one batch", async () => {
  const cluster = { kind: "cluster", cluster: "süd" };
  expect(
    await batches([Buffer.from("event: resync\ndata: {}\n\n"), Buffer.from(`: alive\n\n${change}${change}`)]),
  ).toEqual(["everything", [cluster, cluster]]);
});

test("parseEvents() puts events together that are cut anywhere, inside a character too", async () => {
  const bytes = Buffer.from(`${change}event: later\ndata: {}\n\n: alive\n\n`);
  const single = [...bytes].map((byte) => Uint8Array.of(byte));
  expect(await batches(single)).toEqual([[{ kind: "cluster", cluster: "süd" }]]);
});

test("parseEvents() asks for everything when a resync is among the changes", async () => {
  expect(await batches([Buffer.from(`${change}event: resync\ndata: {}\n\n${change}`)])).toEqual(["everything"]);
});
