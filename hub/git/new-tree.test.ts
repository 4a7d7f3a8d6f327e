import { expect, test } from "vitest";
import type { NewFile } from "../ports.ts";
import { newTree } from "./new-tree.ts";

const file = (path: string, text: string): NewFile => ({ path, content: Buffer.from(text) });

test("newTree() gives git's own ids, whatever the order of the files", () => {
  const files = [file("a/b", "1\n"), file("a.txt", "2\n"), file("a0", "2\n")];
  const { oid, objects } = newTree(files);
  expect(newTree(files.toReversed()).oid).toBe(oid);
  expect(objects.map(({ type }) => type).toSorted()).toEqual(["blob", "blob", "tree", "tree"]);
  expect(objects.at(-1)?.oid).toBe(oid);
  expect(newTree([]).oid).toBe("4b825dc642cb6eb9a060e54bf8d69288fbee4904");
});

test("newTree() takes what is there already by its id, and writes nothing for it", () => {
  const { objects } = newTree([{ path: "x/run", oid: "1".repeat(40), mode: "executable" }]);
  expect(objects.map(({ type, content }) => [type, content.toString("latin1").slice(0, 7)])).toEqual([
    ["tree", "100755 "],
    ["tree", "40000 x"],
  ]);
});

test("newTree() refuses what would leave the tree, and what stands twice", () => {
  for (const paths of [["../a"], ["a//b"], ["/a"], ["a/.git/config"], [""], ["a", "a"], ["a", "a/b"], ["a/b", "a"]]) {
    expect(() => newTree(paths.map((path) => file(path, "")))).toThrow("Cannot make a tree with");
  }
});
