import { expect, test } from "vitest";
import { defaultPromotion, type Environment } from "../../common/domain/index.ts";
import { silentLogger } from "../../common/telemetry/index.ts";
import type { Commit, GitSource } from "../ports.ts";
import { createBranchWatch } from "./branch-watch.ts";
import { emptyRecord, type PromotionRecord } from "./promotion-record.ts";

/** main: a → b → c; x comes from a. What the trunk does not have is found by nobody. */
const parents: Readonly<Record<string, string | undefined>> = {
  a: undefined,
  b: "a",
  c: "b",
  x: "a",
  hub: "x",
  restored: "a",
};
const messages: Readonly<Record<string, string>> = {
  x: "Quick fix",
  hub: "Restore\n\nDrover-Tree-Of: b\n",
  restored: "Restore\n\nDrover-Tree-Of: c\n",
};
const trunk = ["a", "b", "c"];

async function look(
  tip: string | undefined,
  record: Partial<PromotionRecord>,
  onHandMove = defaultPromotion.onHandMove,
) {
  const branches = new Map([["main", "c"], ...(tip === undefined ? [] : [["env/prod", tip] as const])]);
  const isAncestor = (ancestor: string, of: string | undefined): boolean =>
    of !== undefined && (of === ancestor || isAncestor(ancestor, parents[of]));
  const git: Pick<GitSource, "branches" | "fetch" | "commit" | "isAncestor"> = {
    branches: () => branches,
    fetch: async () => branches,
    commit: async (revision): Promise<Commit> => ({
      revision,
      tree: revision === "restored" ? "c" : revision,
      parents: [],
      author: { name: "Ann", email: "ann@example.com", at: "2026-11-23T08:00:00Z" },
      message: messages[revision] ?? "",
    }),
    isAncestor: async (ancestor, of) => isAncestor(ancestor, of),
  };
  const watch = createBranchWatch({ git: git as GitSource, trunk: "main", log: silentLogger() });
  const environment = {
    name: "prod",
    branch: "env/prod",
    promotion: { ...defaultPromotion, onHandMove },
  } as Environment;
  const line = {
    find: async (revision: string) =>
      trunk.includes(revision) ? { commit: revision, tree: revision, ordinal: 1, author: "" } : undefined,
  };
  const sight = await watch.look(environment, { ...emptyRecord, ...record }, line);
  return { ...sight, gate: sight.gate?.reason, problems: sight.problems.map(({ message }) => message) };
}

test("rule 16: a branch that somebody took forward along the trunk is where it is", async () => {
  expect(await look("c", { seen: "b" })).toEqual({
    seen: "c",
    gate: undefined,
    problems: [],
    offTrunk: undefined,
    restore: undefined,
  });
});

test("rule 2: createBranchWatch() shows what was moved by hand, by whom and from where, and holds automation", async () => {
  const reason =
    'Branch "env/prod" was moved by hand to x, which does not descend from where it was ("Quick fix", by Ann at 2026-11-23T08:00:00Z); it was at b: automation is held until \'drover promote prod\'';
  expect(await look("x", { seen: "b" })).toEqual({
    seen: "b",
    gate: reason,
    problems: [reason],
    offTrunk: undefined,
    restore: undefined,
  });
  expect((await look("a", { seen: "b" })).gate).toContain("to a, which does not descend from where it was");
  expect((await look("x", { seen: "a" })).gate).toContain('to x, which the trunk "main" does not have');
  expect((await look(undefined, { seen: "b" })).gate).toContain("was moved by hand: it is gone; it was at b");
});

test("createBranchWatch() adopts or restores where policy says so", async () => {
  expect(await look("x", { seen: "b" }, "adopt")).toMatchObject({
    seen: "x",
    gate: undefined,
    offTrunk: "x",
    restore: undefined,
  });
  expect(await look("x", { seen: "b" }, "restore")).toMatchObject({ seen: "b", restore: "b" });
  expect((await look("hub", { seen: "x" }, "restore")).restore).toBeUndefined();
  // What restores is on top of where the branch was forced to, and is the end of it.
  expect(await look("restored", { seen: "c" }, "restore")).toMatchObject({ seen: "restored", restore: undefined });
  expect((await look("restored", { seen: "b" }, "restore")).restore).toBe("b");
});

test("rule 15: createBranchWatch() nags about a hotfix until the trunk has it, and holds nothing for it", async () => {
  const move = { kind: "promotion", environment: "prod", from: "a", to: "x", commit: "x" } as const;
  const history = [{ ...move, actor: "ben", at: "", proof: [], bypassed: [], reason: "outage" }];
  const nag =
    'Branch "env/prod" is at x, which the trunk "main" does not have: merge it there, nothing else is promoted until then';
  expect(await look("x", { seen: "a", history })).toEqual({
    seen: "x",
    gate: undefined,
    problems: [nag],
    offTrunk: "x",
    restore: undefined,
  });
});
