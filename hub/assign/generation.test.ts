import { assert, constantFrom, integer, option, property, record } from "fast-check";
import { expect, test } from "vitest";
import { nextAssignment } from "./generation.ts";

const held = (generation: number, digest: string) => ({ generation, digest });
const offered = (generation: number, digest: string) => ({ generation, digest });
const content = { digest: "a", revision: "r2" };

test("nextAssignment() starts at 1", () => {
  expect(nextAssignment(undefined, undefined, content)).toEqual({ ...content, generation: 1 });
});

test("nextAssignment() keeps the generation of unchanged content and states the newer revision", () => {
  expect(nextAssignment(offered(4, "a"), held(3, "b"), content)).toEqual({ ...content, generation: 4 });
  expect(nextAssignment(offered(4, "a"), held(4, "a"), content)).toEqual({ ...content, generation: 4 });
});

test("nextAssignment() goes above all that was offered or is held when the content changes", () => {
  expect(nextAssignment(offered(4, "b"), held(2, "a"), content).generation).toBe(5);
  expect(nextAssignment(offered(4, "b"), undefined, content).generation).toBe(5);
});

test("nextAssignment() adopts what the agent holds when the hub lost its memory, and never reuses a number", () => {
  expect(nextAssignment(undefined, held(7, "a"), content).generation).toBe(7);
  expect(nextAssignment(undefined, held(7, "b"), content).generation).toBe(8);
  expect(nextAssignment(offered(4, "a"), held(7, "a"), content).generation).toBe(7);
  expect(nextAssignment(offered(4, "a"), held(7, "b"), content).generation).toBe(8);
  expect(nextAssignment(offered(7, "a"), held(7, "b"), content).generation).toBe(8);
});

test("nextAssignment() never goes back and gives no generation to two contents", () => {
  const digest = constantFrom("a", "b", "c");
  const known = option(record({ generation: integer({ min: 1, max: 5 }), digest }), {
    nil: undefined,
  });
  assert(
    property(known, known, digest, (previous, agent, wanted) => {
      const next = nextAssignment(previous, agent, { digest: wanted, revision: "r2" });
      for (const each of [previous, agent]) {
        if (each === undefined) continue;
        expect(next.generation).toBeGreaterThanOrEqual(each.generation);
        if (next.generation === each.generation) expect(each.digest).toBe(wanted);
      }
      const again = nextAssignment(next, agent, { digest: wanted, revision: "r3" });
      expect(again.generation).toBe(next.generation);
    }),
  );
});
