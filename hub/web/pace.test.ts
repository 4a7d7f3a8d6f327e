import { expect, test } from "vitest";
import { createPace, type Timer } from "./pace.ts";

/** Time that passes only when it is told to. */
function handTimer(): Timer & { pass(ms: number): Promise<void> } {
  let now = 0;
  let due: { readonly at: number; readonly work: () => void }[] = [];
  return {
    now: () => now,
    after(ms, work) {
      const entry = { at: now + ms, work };
      due.push(entry);
      return () => {
        due = due.filter((each) => each !== entry);
      };
    },
    async pass(ms) {
      now += ms;
      const ripe = due.filter(({ at }) => at <= now);
      due = due.filter(({ at }) => at > now);
      for (const { work } of ripe) work();
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    },
  };
}

test("createPace() runs at once, never twice at a time, and once for all that was asked meanwhile", async () => {
  const timer = handTimer();
  const ends: (() => void)[] = [];
  const pace = createPace(() => new Promise((resolve) => ends.push(resolve)), timer);
  pace.request();
  pace.request();
  pace.request();
  expect(ends.length).toBe(1);
  ends[0]?.();
  await timer.pass(0);
  expect(ends.length).toBe(1);
  await timer.pass(499);
  expect(ends.length).toBe(1);
  await timer.pass(1);
  expect(ends.length).toBe(2);
  ends[1]?.();
  await timer.pass(10_000);
  expect(ends.length).toBe(2);
});

test("createPace() rests ten times as long as the work took, and not at all once it is stopped", async () => {
  const timer = handTimer();
  const ends: (() => void)[] = [];
  const pace = createPace(() => new Promise((resolve) => ends.push(resolve)), timer);
  pace.request();
  await timer.pass(300);
  ends[0]?.();
  await timer.pass(0);
  pace.request();
  await timer.pass(2_999);
  expect(ends.length).toBe(1);
  await timer.pass(1);
  expect(ends.length).toBe(2);
  ends[1]?.();
  await timer.pass(0);
  pace.request();
  pace.stop();
  await timer.pass(60_000);
  pace.request();
  await timer.pass(60_000);
  expect(ends.length).toBe(2);
});
