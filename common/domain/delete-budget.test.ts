import { expect, test } from "vitest";
import { type DeleteBudget, defaultDeleteBudget, displayBudget, exceeds } from "./delete-budget.ts";

const percent = (most: number): DeleteBudget => ({ most, isPercent: true });
const count = (most: number): DeleteBudget => ({ most, isPercent: false });

test("exceeds() counts a share from ten deletions on, and never forbids everything at 100%", () => {
  const cases: [DeleteBudget, number, number, boolean][] = [
    [defaultDeleteBudget, 9, 9, false],
    [defaultDeleteBudget, 10, 10, true],
    [defaultDeleteBudget, 10, 20, false],
    [defaultDeleteBudget, 11, 20, true],
    [percent(100), 5_000, 5_000, false],
    [percent(0), 1, 5_000, true],
    [percent(0), 0, 5_000, false],
  ];
  expect(cases.map(([budget, deletes, owned]) => exceeds(budget, deletes, owned))).toEqual(
    cases.map(([, , , yes]) => yes),
  );
});

test("exceeds() takes a count as it is", () => {
  expect([0, 2, 3].map((deletes) => exceeds(count(2), deletes, 100))).toEqual([false, false, true]);
  expect(exceeds(count(0), 1, 100)).toBe(true);
});

test("displayBudget() writes what people write", () => {
  expect([percent(25), count(3)].map(displayBudget)).toEqual(["25%", "3"]);
});
