import { expect, test } from "vitest";
import type { Clock } from "../../common/async/index.ts";
import { createSecondLooks } from "./second-looks.ts";

/** Sleeps end at once, and are remembered; after `naps` of them, no more ends. */
function sleepless(naps: number): { readonly clock: Clock; readonly slept: number[] } {
  const slept: number[] = [];
  const clock: Clock = {
    now: () => 0,
    sleep: (ms, { signal } = {}) =>
      new Promise((resolve, reject) => {
        slept.push(ms);
        if (slept.length <= naps) return resolve();
        signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      }),
  };
  return { clock, slept };
}

test("createSecondLooks() looks ever more rarely until it is ended", async () => {
  const { clock, slept } = sleepless(7);
  const seen: string[] = [];
  const looked = new Promise<void>((resolve) => {
    const looks = createSecondLooks({
      clock,
      random: () => 0,
      async look(key) {
        seen.push(key);
        if (seen.length < 7) return;
        looks.end("web");
        await Promise.resolve().then(resolve);
      },
    });
    looks.begin("web", "1");
    looks.begin("web", "1");
  });
  await looked;
  expect(seen).toEqual(Array(7).fill("web"));
  expect(slept).toEqual([10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
});

test("begin() starts anew when it is about something else, and close() ends all", async () => {
  const { clock, slept } = sleepless(0);
  const looks = createSecondLooks({ clock, random: () => 0.5, look: () => Promise.reject(new Error("too late")) });
  looks.begin("web", "generation 1");
  looks.begin("web", "generation 1");
  looks.begin("web", "generation 2");
  await looks.close();
  expect(slept).toEqual([11_250, 11_250]);
});
