import { expect, test } from "vitest";
import { fullRevision } from "./full-revision.ts";

const [a, b, c] = [`abcd${"0".repeat(36)}`, `abce${"1".repeat(36)}`, `1234${"2".repeat(36)}`];

test("fullRevision finds the one that begins so, however often it is listed", () => {
  expect([fullRevision("abcd", [a, b, c, a]), fullRevision("ABCE", [a, b, c]), fullRevision(c, [a, b, c])]).toEqual([
    a,
    b,
    c,
  ]);
});

test("fullRevision refuses what begins none or several, and says which", () => {
  expect(() => fullRevision("beef", [a, b])).toThrow('No commit "beef" among the newest of any branch');
  expect(() => fullRevision("abc", [b, a, c])).toThrow(
    `Cannot tell which commit is meant by "abc": ${a}, ${b} begin so`,
  );
});
