import { expect, test } from "vitest";
import { createSharedRun } from "./shared-run.ts";

/** Runs end when the test says so. */
function controlled() {
  const runs: { signal: AbortSignal; end: () => void }[] = [];
  const shared = createSharedRun((signal) => {
    const number = runs.length + 1;
    return new Promise<number>((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
      runs.push({ signal, end: () => resolve(number) });
    });
  });
  const started = async (count: number) => {
    while (runs.length < count) await new Promise((resolve) => setImmediate(resolve));
  };
  return { shared, runs, started };
}

test("join() during a run shares the one after it", async () => {
  const { shared, runs, started } = controlled();
  const first = shared.join();
  await started(1);
  const later = [shared.join(), shared.join()];
  runs[0]?.end();
  await started(2);
  runs[1]?.end();
  expect(await Promise.all([first, ...later])).toEqual([1, 2, 2]);
});

test("a run goes on while one caller waits and is aborted when none does", async () => {
  const { shared, runs, started } = controlled();
  const [one, two] = [new AbortController(), new AbortController()];
  const calls = [shared.join(one.signal), shared.join(two.signal)];
  const results = Promise.allSettled(calls);
  await started(1);
  one.abort(new Error("one"));
  expect(runs[0]?.signal.aborted).toBe(false);
  two.abort(new Error("two"));
  expect(runs[0]?.signal.aborted).toBe(true);
  expect((await results).map((result) => result.status === "rejected" && String(result.reason))).toEqual([
    "Error: one",
    "Error: two",
  ]);
  const next = shared.join();
  await started(2);
  runs[1]?.end();
  expect(await next).toBe(2);
});

test("close() aborts the run and refuses what comes after", async () => {
  const { shared, started } = controlled();
  const call = shared.join();
  const outcome = expect(call).rejects.toThrow("closed");
  await started(1);
  await shared.close(new Error("closed"));
  await outcome;
  await expect(shared.join()).rejects.toThrow("closed");
});
