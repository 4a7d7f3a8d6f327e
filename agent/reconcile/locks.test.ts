import { expect, test } from "vitest";
import { createLocks } from "./locks.ts";

test("createLocks() runs work of one key in order, one at a time, and other keys beside it", async () => {
  const locks = createLocks();
  const said: string[] = [];
  let release = () => {};
  const first = locks.run("a", async () => {
    said.push("a1 begins");
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    said.push("a1 ends");
  });
  const second = locks.run("a", async () => {
    said.push("a2");
    throw new Error("broken");
  });
  await locks.run("b", async () => {
    said.push("b");
  });
  expect([locks.isHeld("a"), locks.isHeld("b")]).toEqual([true, false]);
  release();
  await first;
  await expect(second).rejects.toThrow("broken");
  await locks.idle();
  expect(said).toEqual(["a1 begins", "b", "a1 ends", "a2"]);
  expect(locks.isHeld("a")).toBe(false);
});
