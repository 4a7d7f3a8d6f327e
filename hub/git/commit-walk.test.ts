import { array, assert, asyncProperty, boolean, nat } from "fast-check";
import { expect, test } from "vitest";
import { type CommitNode, walkIsAncestor, walkLog } from "./commit-walk.ts";

const history = (nodes: Readonly<Record<string, readonly [committedAt: number, ...parents: string[]]>>) => {
  const commits = new Map<string, CommitNode>(
    Object.entries(nodes).map(([oid, [committedAt, ...parents]]) => [oid, { committedAt, parents }]),
  );
  return (oid: string) => Promise.resolve(commits.get(oid));
};

test("walkLog() goes from the newest commit to the oldest across a merge", async () => {
  const read = history({ m: [4, "b", "c"], b: [3, "a"], c: [2, "a"], a: [1] });
  expect(await walkLog(read, "m", { limit: 10 })).toEqual(["m", "b", "c", "a"]);
  expect(await walkLog(read, "m", { limit: 2 })).toEqual(["m", "b"]);
  expect(await walkLog(read, "m", { limit: 10, exclude: "b" })).toEqual(["m", "c"]);
});

test("walkLog() hides what `exclude` reaches although its clock was slow", async () => {
  const read = history({ tip: [9, "shared"], shared: [8], excluded: [1, "middle"], middle: [7, "shared"] });
  expect(await walkLog(read, "tip", { limit: 10, exclude: "middle" })).toEqual(["tip"]);
});

test("walkLog() does not read the whole history behind `exclude`", async () => {
  const day = 86_400;
  const read: string[] = [];
  const log = await walkLog(
    (oid) => {
      read.push(oid);
      return Promise.resolve({ committedAt: Number(oid) * day, parents: oid === "0" ? [] : [`${Number(oid) - 1}`] });
    },
    "1000",
    { limit: 10, exclude: "998" },
  );
  expect([log, read]).toEqual([
    ["1000", "999"],
    ["998", "1000", "999", "997"],
  ]);
});

test("walkLog() and walkIsAncestor() agree with a plain search", async () => {
  const commit = array(nat(), { maxLength: 3 });
  await assert(
    asyncProperty(
      array(commit, { minLength: 1, maxLength: 25 }),
      nat(),
      nat(),
      boolean(),
      async (graph, a, b, even) => {
        // Parents have smaller numbers and older dates; with `even`, many dates are equal.
        const nodes = graph.map(
          (parents, index): CommitNode => ({
            committedAt: even ? Math.floor(index / 4) : index,
            parents: index === 0 ? [] : [...new Set(parents.map((parent) => String(parent % index)))],
          }),
        );
        const read = (oid: string) => Promise.resolve(nodes[Number(oid)]);
        const reachable = (oid: string, seen = new Set<string>()): Set<string> => {
          if (seen.has(oid)) return seen;
          seen.add(oid);
          for (const parent of nodes[Number(oid)]?.parents ?? []) reachable(parent, seen);
          return seen;
        };
        const tip = String(a % nodes.length);
        const exclude = String(b % nodes.length);
        const hidden = reachable(exclude);
        const expected = [...reachable(tip)].filter((oid) => !hidden.has(oid));
        const log = await walkLog(read, tip, { exclude, limit: 100 });
        expect(new Set(log)).toEqual(new Set(expected));
        expect(log.length).toBe(expected.length);
        expect(await walkIsAncestor(read, exclude, tip)).toBe(reachable(tip).has(exclude));
      },
    ),
  );
});
