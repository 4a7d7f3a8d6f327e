import { expect, test } from "vitest";
import { digestOf } from "../../common/domain/index.ts";
import { createBlobTable } from "./blob-table.ts";

const a = Buffer.from("a");
const b = Buffer.from("b");
const entry = (content: Buffer) => [digestOf(content), content] as const;

test("retain() shares contents between trees and release() drops what no tree needs", () => {
  const table = createBlobTable();
  table.retain("root-1", [entry(a), entry(b)]);
  table.retain("root-2", [entry(b)]);
  table.release("root-1");
  expect({
    a: table.blob(digestOf(a)),
    b: table.blob(digestOf(b))?.bytes,
    tree: table.contentsOf("root-1"),
  }).toEqual({ a: undefined, b, tree: undefined });
});

test("retain() of a known root keeps it until each retention is released", () => {
  const table = createBlobTable();
  table.retain("root", [entry(a)]);
  table.retain("root", [entry(a)]);
  table.release("root");
  expect(table.contentsOf("root")).toEqual([digestOf(a)]);
  table.release("root");
  expect(table.contentsOf("root")).toBeUndefined();
});
