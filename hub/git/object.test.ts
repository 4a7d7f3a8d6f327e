import { expect, test } from "vitest";
import { parseCommit, parseTree } from "./object.ts";

test("parseCommit() reads a signed merge and ignores headers inside the signature", () => {
  const content = [
    "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    `parent ${"1".repeat(40)}`,
    `parent ${"2".repeat(40)}`,
    "author Ada Lovelace <ada@example.com> 1767316445 +0200",
    "committer CI <ci@example.com> 1767316500 +0000",
    "gpgsig -----BEGIN SSH SIGNATURE-----",
    " parent 3333333333333333333333333333333333333333",
    " -----END SSH SIGNATURE-----",
    "",
    "Merge\n\ntree of life\n",
  ].join("\n");
  expect(parseCommit("a".repeat(40), Buffer.from(content))).toEqual({
    revision: "a".repeat(40),
    tree: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    parents: ["1".repeat(40), "2".repeat(40)],
    author: { name: "Ada Lovelace", email: "ada@example.com", at: "2026-01-02T01:14:05.000Z" },
    message: "Merge\n\ntree of life",
    committedAt: 1767316500,
  });
});

test("parseCommit() survives authors and dates that nobody should write", () => {
  const parse = (author: string) => parseCommit("a", Buffer.from(`tree x\nauthor ${author}\n\n`)).author;
  expect(parse("<> 99999999999999999 +0000")).toEqual({ name: "", email: "", at: "+275760-09-13T00:00:00.000Z" });
  expect(parse("nobody")).toEqual({ name: "", email: "", at: "1970-01-01T00:00:00.000Z" });
});

const entry = (mode: string, name: string) => Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.alloc(20, 0xab)]);

test("parseTree() reads entries of each mode", () => {
  const content = Buffer.concat([
    entry("100644", "a"),
    entry("100755", "b"),
    entry("40000", "c"),
    entry("120000", "d"),
  ]);
  expect(parseTree("t", content).map(({ path, mode }) => [path, mode])).toEqual([
    ["a", "file"],
    ["b", "executable"],
    ["c", "tree"],
    ["d", "symlink"],
  ]);
});

test.each(["..", ".", "", "a/b"])("parseTree() refuses an entry named %j", (name) => {
  expect(() => parseTree("t", entry("100644", name))).toThrow("it has an entry named");
});

test("parseTree() refuses what is cut off", () => {
  expect(() => parseTree("t", entry("100644", "a").subarray(0, 20))).toThrow("it is cut off");
});
