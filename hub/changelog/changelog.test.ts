import { expect, test } from "vitest";
import type { Commit, TreeEntry } from "../ports.ts";
import { changedFiles, changelogOf } from "./changelog.ts";

const commit = (revision: string, message: string, name = "Ann"): Commit => ({
  ...{ revision, tree: "", parents: [], message },
  author: { name, email: "ann@example.com", at: "2026-11-23T10:00:00.000Z" },
});

test("changelogOf() lists what people wrote, by the first line of what they said", () => {
  const at = "2026-11-23T10:00:00.000Z";
  expect(
    changelogOf([
      commit("c", "Promote b into prod\n\nDrover-Promotion: prod\nDrover-Tree-Of: b"),
      commit("b", "Add a shop\n\nBecause people want to buy", ""),
      commit("a", "x".repeat(300)),
    ]),
  ).toEqual([
    { revision: "b", subject: "Add a shop", author: "ann@example.com", at },
    { revision: "a", subject: "x".repeat(200), author: "Ann", at },
  ]);
});

test("changedFiles() compares files by content and mode, and leaves out folders", () => {
  const file = (path: string, oid: string, mode: TreeEntry["mode"] = "file"): TreeEntry => ({ path, oid, mode });
  const before = [
    file("apps", "1", "tree"),
    file("apps/a", "1"),
    file("apps/b", "1"),
    file("apps/run", "1"),
    file("z", "1"),
  ];
  const after = [
    file("apps", "2", "tree"),
    file("apps/a", "2"),
    file("apps/run", "1", "executable"),
    file("b", "1"),
    file("z", "1"),
  ];
  expect(changedFiles(before, after)).toEqual([
    { path: "apps/a", change: "changed" },
    { path: "apps/b", change: "removed" },
    { path: "apps/run", change: "changed" },
    { path: "b", change: "added" },
  ]);
});
