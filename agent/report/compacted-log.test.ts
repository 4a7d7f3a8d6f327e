import * as fc from "fast-check";
import { expect, test } from "vitest";
import { CompactedLog } from "./compacted-log.ts";

test("CompactedLog.after() gives the newest value per key, in order of its last change", () => {
  const log = new CompactedLog();
  log.set("a", "1");
  log.set("b", "1");
  log.set("a", "2");
  log.set("b", undefined);
  expect(log.after(0, 1_000)).toEqual({
    entries: [
      { version: 3, key: "a", text: "2" },
      { version: 4, key: "b", text: undefined },
    ],
    last: true,
  });
});

test("CompactedLog.set() with an equal value changes nothing", () => {
  const log = new CompactedLog();
  expect([log.set("a", "1"), log.set("a", "1"), log.set("gone", undefined), log.version]).toEqual([
    true,
    false,
    false,
    1,
  ]);
});

test("CompactedLog.after() fills a page up to maxBytes, and always with one entry", () => {
  const log = new CompactedLog();
  for (const key of ["a", "b", "c"]) log.set(key, "x".repeat(100));
  const versions = (from: number, bytes: number) => {
    const { entries, last } = log.after(from, bytes);
    return [entries.map(({ version }) => version), last];
  };
  expect([versions(0, 202), versions(2, 202), versions(0, 1), versions(3, 1)]).toEqual([
    [[1, 2], false],
    [[3], true],
    [[1], false],
    [[], true],
  ]);
});

test("CompactedLog forgets the oldest removed keys, and says up to where", () => {
  const log = new CompactedLog();
  for (let index = 0; index < 5_000; index++) log.set(`key-${index}`, "1");
  for (let index = 0; index < 5_000; index++) log.set(`key-${index}`, undefined);
  expect([log.forgotten > 5_000, log.after(0, Infinity).entries.length < 4_001]).toEqual([true, true]);
  expect(log.after(log.forgotten, Infinity).entries.length).toBe(log.version - log.forgotten);
});

test("CompactedLog.renumber() moves every key above the floor", () => {
  const log = new CompactedLog();
  log.set("a", "1");
  log.set("b", "1");
  log.set("b", undefined);
  log.renumber(100);
  expect(log.after(100, 1_000)).toEqual({ entries: [{ version: 101, key: "a", text: "1" }], last: true });
});

test("CompactedLog: a reader that applies pages from any position ends with the writer's values", () => {
  const key = fc.constantFrom("a", "b", "c", "d", "e");
  const step = fc.oneof(
    fc.record({ set: key, text: fc.option(fc.constantFrom("1", "2", "3"), { nil: undefined }) }),
    fc.record({ read: fc.nat(200) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const log = new CompactedLog();
      const written = new Map<string, string>();
      const read = new Map<string, string>();
      let position = 0;
      const readPage = (bytes: number) => {
        const { entries, last } = log.after(position, bytes);
        for (const { version, key, text } of entries) {
          expect(version).toBeGreaterThan(position);
          position = version;
          if (text === undefined) read.delete(key);
          else read.set(key, text);
        }
        return last;
      };
      for (const step of steps) {
        if ("read" in step) readPage(step.read);
        else if (step.text === undefined) written.delete(step.set);
        else written.set(step.set, step.text);
        if ("set" in step) log.set(step.set, step.text);
      }
      while (!readPage(2)) expect(position).toBeLessThan(log.version);
      expect(Object.fromEntries(read)).toEqual(Object.fromEntries(written));
    }),
  );
});
