import { array, assert, nat, property, string } from "fast-check";
import { expect, test } from "vitest";
import { createLineSplitter } from "./lines.ts";

function split(chunks: readonly Buffer[]): string[] {
  const lines: string[] = [];
  const feed = createLineSplitter((line) => lines.push(line));
  for (const chunk of chunks) feed(chunk);
  return lines;
}

test("createLineSplitter() gives the same lines however the bytes are cut", () => {
  const line = string({ unit: "binary", minLength: 1 }).map((text) => text.replaceAll("\n", "·"));
  assert(
    property(array(line), array(nat({ max: 40 })), (lines, cuts) => {
      const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(""));
      const chunks: Buffer[] = [];
      let rest = bytes;
      for (const size of cuts) {
        chunks.push(rest.subarray(0, size));
        rest = rest.subarray(size);
      }
      expect(split([...chunks, rest])).toEqual(bytes.toString("utf8").split("\n").slice(0, -1));
    }),
    { numRuns: 30 },
  );
});

test("createLineSplitter() joins a line of several MB from many chunks", () => {
  const text = "🐑é".repeat(1_000_000);
  const bytes = Buffer.from(`${text}\nnext\n`);
  const chunks: Buffer[] = [];
  for (let start = 0; start < bytes.length; start += 16_381) chunks.push(bytes.subarray(start, start + 16_381));
  expect(split(chunks)).toEqual([text, "next"]);
});

test("createLineSplitter() keeps the last line back until it is complete", () => {
  expect(split([Buffer.from('{"a":1}\n\n{"b"')])).toEqual(['{"a":1}']);
});
