import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const checkout = new URL("../../", import.meta.url);
const readme = readFileSync(new URL("README.md", import.meta.url), "utf8");

/** "| there | file | title |" of all tables. */
const rows = readme
  .split("\n")
  .filter((line) => line.startsWith("| "))
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .filter(([, there]) => there !== "there" && !/^-+$/.test(there ?? ""))
  .map(([, there = "", file = "", title = ""]) => ({ there, file, title }));

test.each(rows)("test/contracts/README.md: $there is proven by $file", ({ file, title }) => {
  expect(existsSync(new URL(file, checkout)), `${file} is gone: name in the README what proves this now`).toBe(true);
  const text = readFileSync(new URL(file, checkout), "utf8").replaceAll('\\"', '"');
  expect(title).not.toBe("");
  expect(text.includes(title), `${file} has no test "${title}" any more: name in the README what proves this now`).toBe(
    true,
  );
});

test("test/contracts/README.md names nothing twice", () => {
  const names = rows.map(({ there, title }) => `${there} ${title}`);
  expect(names.length).toBeGreaterThan(60);
  expect([...new Set(names)]).toEqual(names);
});
