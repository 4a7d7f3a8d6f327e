import { expect, test } from "vitest";
import { type Contest, judgeContest, noContest } from "./contest.ts";

function correct(contest: Contest, times: readonly number[]): Contest {
  return times.reduce((known, at) => {
    const { verdict, contest: next } = judgeContest(known, at);
    expect(verdict).toBe("correct");
    return next;
  }, contest);
}

test("judgeContest() pauses at the sixth reversal within a minute and counts afresh after that", () => {
  const five = correct(noContest, [0, 1_000, 2_000, 3_000, 4_000]);
  const sixth = judgeContest(five, 5_000);
  expect(sixth).toEqual({ verdict: "pause", contest: { reversals: [], pauses: 1, pausedAt: 5_000 } });
  const again = correct(sixth.contest, [20_000, 21_000, 22_000, 23_000, 24_000]);
  expect(judgeContest(again, 25_000).contest.pauses).toBe(2);
  expect(judgeContest({ ...again, reversals: [900_000, 1, 2, 3, 4] }, 900_001).verdict).toBe("correct");
});

test("judgeContest() lets five reversals a minute go on for ever", () => {
  correct(
    noContest,
    Array.from({ length: 50 }, (_, index) => index * 12_000),
  );
});

test("judgeContest() starts with a short pause again after a calm while", () => {
  const reversals = Array.from({ length: 5 }, (_, index) => 1_000_000 + index);
  const { contest } = judgeContest({ reversals, pauses: 4, pausedAt: 10_000 }, 1_000_010);
  expect(contest.pauses).toBe(1);
});
