import * as fc from "fast-check";
import { expect, test } from "vitest";
import { lineDiff } from "./line-diff.ts";

test("lineDiff() shows what differs with a little around it", () => {
  const before = ["a", "b", "c", "d", "e", "f", "g"].join("\n");
  expect(lineDiff(before, before.replace("f", "F\nG"), 1)).toEqual([" …", " e", "-f", "+F", "+G", " g"]);
});

test("lineDiff() gives back both texts", () => {
  const text = fc
    .array(fc.constantFrom("a", "b", "c", ""), { minLength: 1, maxLength: 12 })
    .map((lines) => lines.join("\n"));
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = lineDiff(before, after, 100);
      if (before === after) return;
      const side = (other: string) =>
        lines
          .filter((line) => !line.startsWith(other))
          .map((line) => line.slice(1))
          .join("\n");
      expect([side("+"), side("-")]).toEqual([before, after]);
    }),
  );
});
