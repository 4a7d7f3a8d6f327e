import { expect, test } from "vitest";
import type { Clock } from "../../common/async/index.ts";
import { AppError } from "../../common/errors.ts";
import { silentLogger } from "../../common/telemetry/index.ts";
import { createMemoryJobQueue } from "./index.ts";

test("createMemoryJobQueue() waits longer before each retry, and not at all when asked anew", async () => {
  const delays: number[] = [];
  const instant: Clock = {
    now: () => 0,
    async sleep(ms) {
      delays.push(ms);
    },
  };
  const queue = createMemoryJobQueue({ log: silentLogger(), clock: instant, random: () => 0 });
  let runs = 0;
  const { promise, resolve } = settled();
  queue.handle("resolve", async () => {
    runs++;
    if (runs === 2) throw new AppError("RESOURCE_EXHAUSTED", "Too many requests", { retryAfterMs: 5_000 });
    if (runs < 6) throw new AppError("UNAVAILABLE", "Git is away");
    resolve();
  });
  await queue.start();
  await queue.request("resolve", "prod");
  await promise;
  await queue.close();
  expect(delays).toEqual([125, 5_000, 500, 1_000, 2_000]);
});

function settled(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
