import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createLogPosition } from "./log-position.ts";

const at = (second: number, nanos: number, text: string) =>
  `2026-01-01T00:00:${String(second).padStart(2, "0")}.${String(nanos).padStart(9, "0")}Z ${text}`;

test("take() removes the time and keeps all else, blanks at the beginning too", () => {
  const position = createLogPosition();
  expect([at(1, 5, "a"), at(1, 6, "  b"), at(2, 0, "")].map((line) => position.take(line))).toEqual(["a", "  b", ""]);
  expect([position.since(), position.isLost()]).toEqual(["2026-01-01T00:00:02Z", false]);
});

test("since() knows other time zones, and nothing before the first line", () => {
  const position = createLogPosition();
  expect(position.since()).toBeUndefined();
  position.take("2026-01-01T02:30:00.5+02:30 a");
  expect(position.since()).toBe("2026-01-01T00:00:00Z");
});

test("lines without a time pass, and make the position unknown", () => {
  const position = createLogPosition();
  expect([position.take("plain"), position.isLost(), position.since()]).toEqual(["plain", true, undefined]);
});

test("a line that was cut in pieces goes with its beginning", () => {
  const position = createLogPosition();
  position.take(at(1, 1, "long"));
  position.take("rest");
  position.resume();
  expect([at(1, 1, "long"), "rest", at(1, 2, "new"), "more"].map((line) => position.take(line))).toEqual([
    ...[undefined, undefined, "new", "more"],
  ]);
  expect(position.isLost()).toBe(false);
});

test("after a rotation, lines that were not read yet are not taken for those that were", () => {
  const position = createLogPosition();
  for (const line of [at(1, 1, "a"), at(1, 2, "b")]) position.take(line);
  position.resume();
  expect(position.take(at(1, 3, "c"))).toBe("c");
});

test("lines of the last second that were not asked for at first are not asked for later either", () => {
  const position = createLogPosition({ isPartial: true });
  position.take(at(1, 5, "the last one"));
  position.resume();
  const lines = [at(1, 1, "a"), at(1, 2, "b"), at(1, 5, "the last one"), at(1, 6, "new")];
  expect(lines.map((line) => position.take(line))).toEqual([undefined, undefined, undefined, "new"]);
});

test("however often and wherever reading is cut, each line is read once", () => {
  // Times may be out of order within a second, as lines of two streams are; the first line is the first.
  const log = fc
    .array(fc.tuple(fc.nat(3), fc.nat(4)), { maxLength: 30 })
    .map((times) =>
      times
        .toSorted(([left], [right]) => left - right)
        .map(([second, nanos], index) => ({ second, line: at(second, nanos, String(index)) })),
    );
  fc.assert(
    fc.property(log, fc.array(fc.nat(30), { maxLength: 4 }), (lines, cuts) => {
      const position = createLogPosition();
      const read: string[] = [];
      for (const cut of [...cuts, lines.length]) {
        const since = position.since();
        position.resume();
        const answer = lines.filter(
          ({ second }) => since === undefined || Date.UTC(2026, 0, 1, 0, 0, second) >= Date.parse(since),
        );
        for (const { line } of answer.slice(0, cut === lines.length ? undefined : cut)) {
          const text = position.take(line);
          if (text !== undefined) read.push(text);
        }
      }
      expect(read).toEqual(lines.map((_, index) => String(index)));
    }),
  );
});
