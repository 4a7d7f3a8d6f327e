import { describe, expect, test } from "vitest";
import { concurrently } from "./concurrently.ts";
import { createLimiter } from "./limiter.ts";

/** Work that counts how much of it is under way. */
function counted() {
  const counts = { now: 0, most: 0, started: 0 };
  const work = async () => {
    counts.started++;
    counts.most = Math.max(counts.most, ++counts.now);
    await new Promise((resolve) => setImmediate(resolve));
    counts.now--;
  };
  return { counts, work };
}

describe("concurrently()", () => {
  test("works on all items, as many at a time as allowed", async () => {
    const { counts, work } = counted();
    await concurrently(Array.from({ length: 20 }), 4, new AbortController().signal, work);
    expect(counts).toEqual({ now: 0, most: 4, started: 20 });
  });

  test("takes no further item after the abort, and does not wait for what is under way", async () => {
    const controller = new AbortController();
    let started = 0;
    const never = () => {
      started++;
      if (started === 2) controller.abort();
      return new Promise<void>(() => {});
    };
    await concurrently(Array.from({ length: 20 }), 2, controller.signal, never);
    expect(started).toBe(2);
  });
});

test("createLimiter() bounds what is under way, whatever fails", async () => {
  const { counts, work } = counted();
  const limiter = createLimiter(3);
  const results = await Promise.allSettled(
    Array.from({ length: 10 }, (_, index) =>
      limiter(async () => {
        await work();
        if (index % 2 === 0) throw new Error("broken");
      }),
    ),
  );
  expect(counts).toEqual({ now: 0, most: 3, started: 10 });
  expect(results.filter(({ status }) => status === "rejected")).toHaveLength(5);
});
