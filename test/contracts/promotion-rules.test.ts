import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const checkout = new URL("../../", import.meta.url);
const rows = readFileSync(new URL("PROMOTION.md", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => /^\| r(?:ule|ow) /.test(line))
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .map(([, number = "", , file = ""]) => ({ number, file }));

test("PROMOTION.md has each of the 19 rules and of the 14 rows", () => {
  const numbers = (what: string, count: number) => Array.from({ length: count }, (_, index) => `${what} ${index + 1}`);
  const known = new Set(rows.map(({ number }) => number));
  expect([...numbers("rule", 19), ...numbers("row", 14)].filter((number) => !known.has(number))).toEqual([]);
});

test.each(rows)("PROMOTION.md: $file has a test whose title says $number", ({ number, file }) => {
  const text = readFileSync(new URL(file, checkout), "utf8");
  const [what = "", count = ""] = number.split(" ");
  // "rule 2: …", "rules 2 and 18: …"
  expect(text).toMatch(new RegExp(`["\`]${what}s? (?:\\d+ and )?${count}(?: and \\d+)?: `));
});
