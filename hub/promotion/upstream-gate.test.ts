import { expect, test } from "vitest";
import { seeded } from "../../test/fakes/seeded.ts";
import { type Candidate, type Stage, upstreamGate } from "./upstream-gate.ts";

const well = { isWell: true, reason: "3 of 3 clusters run it and are healthy" };
const unwell = { isWell: false, reason: "2 of 3 clusters run it and are healthy, 3 needed" };

/** Runs change 5, which altered it, and knows of nothing newer. */
function stage(differs: Partial<Stage> = {}): Stage {
  return {
    environment: "staging",
    processed: 5,
    pending: [],
    changed: 5,
    covers: 5,
    health: well,
    before: [],
    ...differs,
  };
}

/** The nearest first, each promoted from the next. */
function line(stages: readonly Stage[]): readonly Stage[] {
  const [nearest, ...others] = stages;
  return nearest === undefined ? [] : [{ ...nearest, before: line(others) }];
}

const change: Candidate = { change: 5, sameAs: 5, running: 3 };

const rows: readonly (readonly [
  title: string,
  Candidate,
  readonly Stage[],
  verdict: "passed" | "waiting" | "failed",
  RegExp,
])[] = [
  ["row 1: not rendered there", change, [stage({ processed: 4, changed: 4, covers: 4 })], "waiting", /not rendered/],
  ["row 1: nothing is known of it", change, [stage({ processed: undefined })], "waiting", /not rendered/],
  [
    "row 2: rendered, alters it, not taken",
    change,
    [stage({ pending: [5], changed: 4, covers: 4 })],
    "waiting",
    /not taken/,
  ],
  ["row 3: taken, not well", change, [stage({ health: unwell })], "waiting", /2 of 3/],
  ["row 4: taken and well", change, [stage()], "passed", /3 of 3/],
  ["row 5: runs a newer commit that covers it, well", change, [stage({ processed: 7, covers: 7 })], "passed", /3 of 3/],
  [
    "row 5: runs a newer commit that covers it, not well",
    change,
    [stage({ processed: 7, covers: 7, health: unwell })],
    "waiting",
    /2 of 3/,
  ],
  [
    "row 6: not touched by it, not well from before",
    change,
    [stage({ changed: 2, health: unwell })],
    "waiting",
    /2 of 3/,
  ],
  [
    "row 7: not touched by it, but an earlier change is not taken",
    change,
    [stage({ pending: [4], changed: 3, covers: 3 })],
    "waiting",
    /before it/,
  ],
  [
    "row 8: not touched, well: the one before it decides, not well",
    change,
    [stage({ changed: 2 }), stage({ environment: "dev", health: unwell })],
    "waiting",
    /"dev": 2 of 3/,
  ],
  [
    "row 8: not touched, well: the one before it decides, well",
    change,
    [stage({ changed: 2 }), stage({ environment: "dev" })],
    "passed",
    /"dev": 3 of 3/,
  ],
  [
    "row 9: no environment before is touched, all well",
    change,
    [stage({ changed: 2 }), stage({ environment: "dev", changed: 1 })],
    "passed",
    /staging.*dev/,
  ],
  [
    "row 10: touches nothing, but a real change is in progress there",
    { change: 6, sameAs: 6, running: 3 },
    [stage({ processed: 6, covers: 6, health: unwell })],
    "waiting",
    /2 of 3/,
  ],
  [
    "row 11: runs an older commit than the next environment",
    { change: 5, sameAs: 5, running: 4 },
    [stage({ changed: 2, covers: 3 })],
    "failed",
    /older commit/,
  ],
  [
    "row 12: without notes a stage covers just what it took: not rendered",
    change,
    [stage({ processed: 4, changed: 4, covers: 4 })],
    "waiting",
    /not rendered/,
  ],
  [
    "row 12: without notes: not taken",
    change,
    [stage({ pending: [5], changed: 4, covers: 4 })],
    "waiting",
    /not taken/,
  ],
  ["row 12: without notes: not well", change, [stage({ health: unwell })], "waiting", /2 of 3/],
  [
    "row 13: a note only, and it does not reach the change yet",
    change,
    [stage({ changed: 3, covers: 4 })],
    "waiting",
    /does not run it/,
  ],
  [
    "row 13: a note only, and it reaches the change",
    change,
    [stage({ changed: 3, covers: 5 }), stage({ environment: "dev" })],
    "passed",
    /staging/,
  ],
  [
    "row 14: an older one than runs there: it was never seen alone",
    { change: 4, sameAs: 4, running: 3 },
    [stage()],
    "failed",
    /never seen/,
  ],
  [
    "row 14: an older one with the same content as the one that runs there, well",
    { change: 4, sameAs: 5, running: 3 },
    [stage()],
    "passed",
    /3 of 3/,
  ],
  [
    "row 14: an older one with the same content as the one that runs there, not well",
    { change: 4, sameAs: 5, running: 3 },
    [stage({ health: unwell })],
    "waiting",
    /2 of 3/,
  ],
  ["the first environment of all: nothing comes before it", change, [], "passed", /Nothing/],
  [
    "an environment that runs nothing yet",
    change,
    [stage({ changed: undefined, covers: undefined })],
    "waiting",
    /nothing yet/,
  ],
];

test.each(rows)("upstreamGate: %s", (_, candidate, stages, verdict, reason) => {
  const gate = upstreamGate(candidate, line(stages));
  expect([gate.state, gate.reason]).toEqual([verdict, expect.stringMatching(reason)]);
});

const verdict = (stages: readonly Stage[]) => upstreamGate(change, stages).state;

test("upstreamGate: of several upstream environments each must let it through", () => {
  const eu = stage({ environment: "eu" });
  const us = stage({ environment: "us" });
  expect(upstreamGate(change, [eu, us])).toMatchObject({
    state: "passed",
    reason: '"eu": 3 of 3 clusters run it and are healthy; "us": 3 of 3 clusters run it and are healthy',
  });
  expect(verdict([eu, { ...us, health: unwell }])).toBe("waiting");
  expect(verdict([{ ...eu, processed: 4, covers: 4, changed: 4 }, us])).toBe("waiting");
});

test("row 8: upstreamGate looks through each of several untouched environments on its own, to what both come from", () => {
  const dev = stage({ environment: "dev" });
  const untouched = (environment: string, before: readonly Stage[]) => stage({ environment, changed: 2, before });
  expect(upstreamGate(change, [untouched("eu", [dev]), untouched("us", [dev])])).toMatchObject({
    state: "passed",
    reason: expect.stringMatching(/^"eu": .*; "us": .*; "dev": [^;]*$/),
  });
  const ill = { ...dev, health: unwell };
  expect(verdict([stage({ environment: "eu" }), untouched("us", [ill])])).toBe("waiting");
  expect(verdict([stage({ environment: "eu", before: [ill] }), stage({ environment: "us", before: [ill] })])).toBe(
    "passed",
  );
});

test("rule 6: upstreamGate passes just when a walk over every way back finds nobody in the way (10,000 random graphs)", () => {
  const random = seeded(7);
  const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)] as T;
  /** The same said slowly: every way from the environment back to where the change touched it is free. */
  const isFree = (each: Stage): boolean =>
    upstreamGate(change, [{ ...each, before: [] }]).state === "passed" &&
    (each.changed === undefined || each.changed > (change.running ?? 0) || each.before.every(isFree));
  const verdicts = new Set<boolean>();
  for (let round = 0; round < 10_000; round++) {
    const known: Stage[] = [];
    const size = 1 + Math.floor(random() * 6);
    for (let index = 0; index < size; index++) {
      const before = known.filter(() => random() < 0.5);
      const changed = pick([2, 2, 5, 4]);
      const covers = pick([5, 5, 5, 5, 6, 4]);
      const health = pick([well, well, well, well, unwell]);
      known.push(stage({ environment: `e${index}`, changed, covers, processed: covers, health, before }));
    }
    const nearest = known.filter(() => random() < 0.4);
    const passes = upstreamGate(change, nearest).state === "passed";
    expect([round, passes]).toEqual([round, nearest.every(isFree)]);
    verdicts.add(passes);
  }
  expect(verdicts.size).toBe(2);
});
