import { expect, test } from "vitest";
import { createKeyedLock } from "./keyed-lock.ts";

test("run() keeps the order within a key, goes on after a failure and lets other keys pass", async () => {
  const lock = createKeyedLock<string>();
  const seen: string[] = [];
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const first = lock.run("a", async () => {
    await gate;
    seen.push("a1");
    throw new Error("a1 failed");
  });
  const second = lock.run("a", async () => void seen.push("a2"));
  await lock.run("b", async () => void seen.push("b1"));
  open();
  await expect(first).rejects.toThrow("a1 failed");
  await second;
  expect(seen).toEqual(["b1", "a1", "a2"]);
});
