import { expect, test } from "vitest";
import { type Nag, nagAfter } from "./nag.ts";

const hour = 3_600_000;

test("rule 15: nagAfter() says it when it begins, once a day while it lasts, and once when it is over", () => {
  let nag: Nag | undefined;
  const said: string[] = [];
  /** Looks every so often, as news of the fleet make it. */
  const watch = (commit: string | undefined, from: number, to: number) => {
    for (let at = from; at < to; at += 5) {
      const step = nagAfter(nag, commit, at * hour);
      if (step.say !== undefined) said.push(`${at} ${step.say} ${commit}`);
      nag = step.nag;
      if (commit !== undefined) expect(step.againAt).toBeGreaterThan(at * hour);
    }
  };
  watch(undefined, 0, 20);
  watch("fix", 20, 120);
  watch("other", 120, 150);
  watch(undefined, 150, 300);
  expect(said).toEqual([
    "20 begins fix",
    "45 lasts fix",
    "70 lasts fix",
    "95 lasts fix",
    "120 begins other",
    "145 lasts other",
    "150 over undefined",
  ]);
});

test("nagAfter() makes up for a day that nobody looked with one word, and wakes in time for the next", () => {
  const begun = nagAfter(undefined, "fix", 0);
  expect(begun).toEqual({ nag: { commit: "fix", since: 0, told: 0 }, say: "begins", againAt: 24 * hour });
  const late = nagAfter(begun.nag, "fix", 50 * hour);
  expect(late).toEqual({ nag: { commit: "fix", since: 0, told: 2 }, say: "lasts", againAt: 72 * hour });
  expect(nagAfter(late.nag, "fix", 51 * hour)).toEqual({ nag: late.nag, say: undefined, againAt: 72 * hour });
});
