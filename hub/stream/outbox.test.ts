import * as fc from "fast-check";
import { expect, test } from "vitest";
import { digestOf } from "../../common/domain/index.ts";
import { type EncodedBlob, encodeBlob } from "../../common/wire/index.ts";
import { createByteWindow } from "./byte-window.ts";
import { createOutbox, type WriteMessage } from "./outbox.ts";
import { type ContentList, createPacker } from "./packs.ts";

function setUp(options: { windowBytes?: number; totalBytes?: number; contents?: readonly Buffer[] } = {}) {
  const blobs = new Map<string, EncodedBlob>(
    (options.contents ?? []).map((content) => [digestOf(content), encodeBlob(content)]),
  );
  const packer = createPacker({
    contentsOf: () => undefined,
    blob: (digest) => blobs.get(digest),
    cacheBytes: 1 << 20,
  });
  const total = createByteWindow(options.totalBytes ?? 1 << 20);
  const time = { now: 0 };
  const stream = () => {
    const pending: { message: Buffer; written: () => void }[] = [];
    const sent: Buffer[] = [];
    const write: WriteMessage = (message, written) => {
      pending.push({ message, written });
      sent.push(message);
    };
    const windowBytes = options.windowBytes ?? 1 << 20;
    const outbox = createOutbox({ write, packer, total, windowBytes, now: () => time.now });
    return { outbox, sent, flush: () => pending.splice(0).forEach(({ written }) => written()), pending };
  };
  return { stream, time, list: { digests: [...blobs.keys()] } satisfies ContentList };
}

const text = (buffers: readonly Buffer[]) => buffers.map((buffer) => buffer.toString());
const assignment = (name: string) => ({ message: () => Buffer.from(name), contents: () => undefined });

test("Outbox sends control before assignments, and the newest of each only", () => {
  const { outbox, sent, flush } = setUp({ windowBytes: 1 }).stream();
  outbox.assign("prod", assignment("first"));
  outbox.assign("prod", assignment("old"));
  outbox.assign("edge", assignment("edge"));
  outbox.assign("prod", assignment("new"));
  outbox.control("ack", Buffer.from("ack"));
  for (let round = 0; round < 4; round++) flush();
  expect(text(sent)).toEqual(["first", "ack", "new", "edge"]);
});

test("Outbox keeps at most its window under way, a larger message alone", () => {
  const { outbox, pending, flush } = setUp({ windowBytes: 10 }).stream();
  for (const name of ["a", "b", "c"]) outbox.assign(name, assignment(name.repeat(4)));
  outbox.assign("d", assignment("d".repeat(100)));
  expect(text(pending.map(({ message }) => message))).toEqual(["aaaa", "bbbb"]);
  flush();
  expect(text(pending.map(({ message }) => message))).toEqual(["cccc"]);
  flush();
  expect(pending).toHaveLength(1);
});

test("Outbox.writeOff() lets others pass a stream that does not drain", () => {
  const { stream, time } = setUp({ totalBytes: 10 });
  const [slow, fast] = [stream(), stream()];
  slow.outbox.assign("prod", assignment("x".repeat(10)));
  fast.outbox.assign("prod", assignment("y".repeat(10)));
  expect(fast.sent).toEqual([]);
  time.now = 3000;
  slow.outbox.writeOff(1000);
  expect(fast.sent).toHaveLength(1);
  // A late or lost callback gives nothing twice.
  slow.flush();
  slow.outbox.close();
  fast.flush();
  fast.outbox.assign("prod", assignment("z".repeat(10)));
  expect(fast.sent).toHaveLength(2);
});

test("Outbox.close() gives back what was under way", () => {
  const { stream } = setUp({ totalBytes: 10 });
  const [one, two] = [stream(), stream()];
  one.outbox.assign("prod", assignment("x".repeat(10)));
  two.outbox.assign("prod", assignment("y".repeat(10)));
  one.outbox.close();
  expect(two.sent).toHaveLength(1);
});

test("Outbox.want() replaces what was going to be pushed", () => {
  const contents = [Buffer.alloc(400_000, "ab"), Buffer.from("small")];
  const { stream, list } = setUp({ windowBytes: 1, contents });
  const { outbox, sent, flush } = stream();
  outbox.assign("prod", { message: () => Buffer.from("assignment"), contents: () => list });
  outbox.want({ digests: [list.digests[1] as string] }, { index: 0, offset: 0 });
  for (let round = 0; round < 5; round++) flush();
  expect([sent.length, outbox.wanted()]).toEqual([2, 0]);
  expect(sent[1]?.includes("small")).toBe(true);
});

test("ByteWindow serves those who wait in order and never exceeds its size", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ bytes: fc.integer({ min: 1, max: 60 }), release: fc.boolean() })), (steps) => {
      const window = createByteWindow(50);
      const held: number[] = [];
      const served: number[] = [];
      let asked = 0;
      for (const { bytes, release } of steps) {
        if (release && held.length > 0) {
          window.give(held.shift() as number);
          continue;
        }
        const turn = asked++;
        const attempt = () => {
          if (!window.take(bytes, attempt)) return;
          held.push(bytes);
          served.push(turn);
        };
        attempt();
        const used = held.reduce((sum, each) => sum + each, 0);
        expect(used <= 50 || held.length === 1).toBe(true);
      }
      while (held.length > 0) window.give(held.shift() as number);
      expect(served).toHaveLength(asked);
    }),
  );
});
