import * as fc from "fast-check";
import { expect, test } from "vitest";
import { chunksOf, encodeBlob } from "../../common/wire/index.ts";
import { createPartials } from "./partials.ts";

const chunkOf = (bytes: Buffer, offset: number, length: number, digest: string) => ({
  digest,
  offset,
  total: bytes.length,
  data: bytes.subarray(offset, offset + length),
  encoding: "identity",
});

test("Partials gives back the content whatever the chunks, repeated, overlapping or out of order", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 60 }),
      fc.array(fc.record({ offset: fc.nat(59), length: fc.integer({ min: 1, max: 20 }) })),
      (content, cuts) => {
        const bytes = Buffer.from(content);
        const { digest } = encodeBlob(bytes);
        const partials = createPartials();
        for (const { offset, length } of cuts) {
          const whole = offset < bytes.length ? partials.add(chunkOf(bytes, offset, length, digest)) : undefined;
          if (whole !== undefined) expect(whole).toEqual(bytes);
        }
        expect(partials.add(chunkOf(bytes, partials.offsetOf(digest), 60, digest))).toEqual(bytes);
        expect(partials.offsetOf(digest)).toBe(0);
      },
    ),
  );
});

test("Partials takes compressed, empty and large contents", () => {
  for (const content of [Buffer.alloc(0), Buffer.from("x"), Buffer.alloc(900_000, "abc")]) {
    const partials = createPartials();
    const results = [...chunksOf(encodeBlob(content))].map((chunk) => partials.add(chunk));
    expect(results.at(-1)?.equals(content)).toBe(true);
  }
});

test("Partials refuses what is not what it says", () => {
  const bytes = Buffer.from("content");
  const { digest } = encodeBlob(bytes);
  const partials = createPartials();
  const add = (chunk: Partial<ReturnType<typeof chunkOf>>) => () =>
    partials.add({ ...chunkOf(bytes, 0, 7, digest), ...chunk });
  expect(add({ data: Buffer.from("tampere") })).toThrow("does not match its digest");
  expect(add({ encoding: "zstd" })).toThrow('unknown encoding "zstd"');
  expect(add({ encoding: "gzip" })).toThrow("Cannot decompress");
  expect(add({ total: 2 ** 31 })).toThrow("larger than allowed");
  expect(add({ offset: 5 })).toThrow("larger than allowed or announced");
  expect(partials.offsetOf(digest)).toBe(0);
});

test("Partials forgets the oldest parts above its limit", () => {
  const partials = createPartials(100);
  const content = Buffer.alloc(90, 1);
  partials.add(chunkOf(content, 0, 80, "a".repeat(64)));
  partials.add(chunkOf(content, 0, 80, "b".repeat(64)));
  expect([partials.offsetOf("a".repeat(64)), partials.offsetOf("b".repeat(64))]).toEqual([0, 80]);
});
