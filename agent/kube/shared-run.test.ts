import { expect, test } from "vitest";
import { createSharedRun } from "./shared-run.ts";

test("createSharedRun() serves calls at the same time with one run, and later ones with the next", async () => {
  let runs = 0;
  const releases: (() => void)[] = [];
  const run = createSharedRun(async () => {
    const number = ++runs;
    await new Promise<void>((resolve) => releases.push(resolve));
    return number;
  });
  const early = [run(), run(), run()];
  await expect.poll(() => releases.length).toBe(1);
  const late = [run(), run()];
  releases[0]?.();
  expect(await Promise.all(early)).toEqual([1, 1, 1]);
  await expect.poll(() => releases.length).toBe(2);
  releases[1]?.();
  expect(await Promise.all(late)).toEqual([2, 2]);
});

test("createSharedRun() goes on after a failure", async () => {
  let runs = 0;
  const run = createSharedRun(async () => {
    if (++runs === 1) throw new Error("first");
    return runs;
  });
  await expect(Promise.all([run(), run()])).rejects.toThrow("first");
  expect(await run()).toBe(2);
});
