import { describe, expect, test } from "vitest";
import { AppError } from "../../common/errors.ts";
import type { JobQueue } from "../../hub/ports.ts";
import { until } from "../programs/index.ts";

export interface JobQueueUnderTest {
  readonly queue: JobQueue;
  readonly close: () => Promise<void>;
}

/** The rules of JobQueue, for every implementation. Names of jobs are unique, so that runs of the suite can share a Redis. */
export function describeJobQueue(name: string, make: () => Promise<JobQueueUnderTest>): void {
  describe(`JobQueue: ${name}`, () => {
    async function use(work: (queue: JobQueue) => Promise<void>): Promise<void> {
      const { queue, close } = await make();
      try {
        await work(queue);
      } finally {
        await queue.close();
        await close();
      }
    }
    const becomes = (what: string, condition: () => boolean) => until(what, () => condition() || undefined);

    test("request() runs the handler with the key", () =>
      use(async (queue) => {
        const keys: string[] = [];
        queue.handle("resolve", async (key) => {
          keys.push(key);
        });
        await queue.start();
        await queue.request("resolve", "env/prod: a");
        await becomes("a run", () => keys.length > 0);
        expect(keys).toEqual(["env/prod: a"]);
      }));

    test("request() before start() runs after it", () =>
      use(async (queue) => {
        const keys: string[] = [];
        queue.handle("resolve", async (key) => {
          keys.push(key);
        });
        await queue.request("resolve", "early");
        expect(keys).toEqual([]);
        await queue.start();
        await becomes("a run", () => keys.length > 0);
        expect(keys).toEqual(["early"]);
      }));

    test("ten requests in a burst run first and last, never two at a time", () =>
      use(async (queue) => {
        let [newest, running, most] = [0, 0, 0];
        const seen: number[] = [];
        const first = gate();
        queue.handle("resolve", async () => {
          most = Math.max(most, ++running);
          seen.push(newest);
          if (seen.length === 1) await first.opened;
          running--;
        });
        await queue.start();
        newest = 1;
        await queue.request("resolve", "prod");
        await becomes("the first run", () => seen.length === 1);
        for (newest = 2; newest <= 10; newest++) await queue.request("resolve", "prod");
        newest = 10;
        first.open();
        await becomes("the last run", () => seen.length === 2 && running === 0);
        // One that nothing asked for would show before a later request of the same key.
        newest = 11;
        await queue.request("resolve", "prod");
        await becomes("the next run", () => seen.includes(11));
        expect([seen, most]).toEqual([[1, 10, 11], 1]);
      }));

    test("keys run beside each other, within bounds", () =>
      use(async (queue) => {
        const all = gate();
        let [running, most, done] = [0, 0, 0];
        queue.handle("resolve", async () => {
          most = Math.max(most, ++running);
          await all.opened;
          running--;
          done++;
        });
        await queue.start();
        for (let index = 0; index < 20; index++) await queue.request("resolve", `key-${index}`);
        await becomes("several runs", () => running > 1);
        all.open();
        await becomes("all runs", () => done === 20);
        expect(most).toBeLessThanOrEqual(4);
      }));

    test("a handler that throws a retryable error runs again, whatever else it threw before", () =>
      use(async (queue) => {
        const thrown = [new AppError("UNAVAILABLE", "Git is away"), new Error("defect"), undefined];
        let runs = 0;
        queue.handle("resolve", async () => {
          const error = thrown[runs++];
          if (error !== undefined) throw error;
        });
        await queue.start();
        await queue.request("resolve", "prod");
        await becomes("the third run", () => runs === 3);
      }));

    test("a request during the wait for a retry runs at once", () =>
      use(async (queue) => {
        let runs = 0;
        queue.handle("resolve", async () => {
          if (++runs === 1) throw new AppError("UNAVAILABLE", "Git is away", { retryAfterMs: 600_000 });
        });
        await queue.start();
        await queue.request("resolve", "prod");
        await becomes("the first run", () => runs === 1);
        await until("a second run", async () => {
          await queue.request("resolve", "prod");
          return runs > 1 || undefined;
        });
      }));

    test("a handler that throws an error that is not retryable runs again only when asked", () =>
      use(async (queue) => {
        let runs = 0;
        const others: string[] = [];
        queue.handle("resolve", async (key) => {
          if (key !== "prod") others.push(key);
          else if (++runs === 1) throw new AppError("INVALID_ARGUMENT", "Bad fleet.yaml");
        });
        await queue.start();
        await queue.request("resolve", "prod");
        await becomes("the first run", () => runs === 1);
        await queue.request("resolve", "dev");
        await becomes("another key's run", () => others.length === 1);
        expect(runs).toBe(1);
        await becomesAsked(queue, () => runs === 2);
      }));

    test("close() aborts what runs and waits for it; requests are refused afterwards", () =>
      use(async (queue) => {
        const events: string[] = [];
        queue.handle("resolve", async (_key, { signal }) => {
          events.push("started");
          await new Promise((_, reject) => {
            signal?.addEventListener("abort", () => setTimeout(() => reject(signal.reason as Error), 50));
          }).finally(() => events.push("ended"));
        });
        await queue.start();
        await queue.request("resolve", "prod");
        await becomes("a run", () => events.length > 0);
        await queue.close();
        expect(events).toEqual(["started", "ended"]);
        await expect(queue.request("resolve", "prod")).rejects.toMatchObject({ code: "UNAVAILABLE" });
      }));

    test("request() of a name without handler is an error", () =>
      use(async (queue) => {
        await queue.start();
        await expect(queue.request("nobody", "prod")).rejects.toMatchObject({ code: "INTERNAL" });
      }));

    async function becomesAsked(queue: JobQueue, condition: () => boolean): Promise<void> {
      await queue.request("resolve", "prod");
      await becomes("a run that was asked for", condition);
    }
  });
}

function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
