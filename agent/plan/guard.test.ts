import { describe, expect, test } from "vitest";
import { defaultDeleteBudget } from "../../common/domain/index.ts";
import { type GuardInput, guardDeletes } from "./guard.ts";
import type { Candidate } from "./prune.ts";

function candidate(name: string, extra: Partial<Candidate> = {}, kind = "ConfigMap"): Candidate {
  const ref = { group: "", kind, namespace: "shop", name };
  return {
    application: "shop",
    entry: { ref, apiVersion: "v1", uid: "u", digest: "d", fieldsHash: "h" },
    uid: `uid-${name}`,
    cause: "",
    isConfirmed: false,
    ...extra,
  };
}

const many = (count: number) => Array.from({ length: count }, (_, index) => candidate(`map-${index}`));

function guard(candidates: readonly Candidate[], extra: Partial<GuardInput> = {}) {
  return guardDeletes({
    candidates,
    owned: 20,
    ownBudget: undefined,
    budget: defaultDeleteBudget,
    environment: { deletes: candidates.length, owned: 1_000 },
    confirmed: undefined,
    ...extra,
  });
}

describe("guardDeletes()", () => {
  test("lets go what is within the budget", () => {
    const candidates = many(10);
    expect(guard(candidates)).toEqual({ go: candidates, confirmed: [], held: [], blocked: null });
  });

  test("holds all of it above the budget, names the first ones and says why", () => {
    const candidates = many(30);
    const { go, held, blocked } = guard(candidates, { owned: 50 });
    expect({ go, held }).toEqual({ go: [], held: candidates });
    expect(blocked).toMatchObject({ count: 30, reason: "30 of its 50 objects would go, 50% may" });
    expect(blocked?.objects).toEqual(candidates.slice(0, 20).map(({ entry }) => entry.ref));
  });

  test("holds an application for what its environment would lose, unless it has a budget of its own", () => {
    const environment = { deletes: 60, owned: 100 };
    expect(guard(many(3), { environment }).blocked?.reason).toBe(
      "60 of the environment's 100 objects would go, 50% may",
    );
    const ownBudget = { most: 100, isPercent: true };
    expect(guard(many(3), { environment, ownBudget }).blocked).toBeNull();
    expect(guard(many(3), { ownBudget: { most: 2, isPercent: false } }).blocked?.reason).toBe(
      "3 of its 20 objects would go, 2 may",
    );
  });

  test("rule 14: holds what needs a word by itself, and only that", () => {
    const free = candidate("free");
    const needy = [
      candidate("ns", { cause: "protected" }, "Namespace"),
      candidate("pvc", { cause: "protected" }, "PersistentVolumeClaim"),
      candidate("asked", { cause: "asked" }),
      candidate("lost", { cause: "recovered" }),
    ];
    const { go, held, blocked } = guard([free, ...needy]);
    expect({ go, held }).toEqual({ go: [free], held: needy });
    expect(blocked?.reason).toBe(
      "a Namespace or PersistentVolumeClaim takes more with it than itself; 1 asks for it by annotation; 1 was lost from the inventory",
    );
  });

  test("takes a confirmation for exactly what it holds: any other set is another question", () => {
    const candidates = many(12);
    const confirmed = guard(candidates, { owned: 12 }).blocked?.digest;
    expect(guard(candidates.toReversed(), { owned: 12, confirmed })).toEqual({
      go: candidates.toReversed(),
      confirmed: candidates.toReversed(),
      held: [],
      blocked: null,
    });
    expect(guard([...candidates, candidate("more")], { owned: 13, confirmed }).held).toHaveLength(13);
    expect(guard(candidates.slice(1), { owned: 12, confirmed }).held).toHaveLength(11);
    const [first, ...rest] = candidates as [Candidate, ...Candidate[]];
    expect(guard([{ ...first, uid: "another" }, ...rest], { owned: 12, confirmed }).held).toHaveLength(12);
  });

  test("asks only once: what was confirmed goes on although it has become less", () => {
    const candidates = many(12).map((each) => ({ ...each, isConfirmed: true, cause: "protected" as const }));
    const more = candidate("more");
    expect(guard([...candidates, more], { owned: 13 })).toMatchObject({ go: [...candidates, more], blocked: null });
  });
});
