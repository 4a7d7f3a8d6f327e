import { createColors } from "picocolors";
import { expect, test } from "vitest";
import { type Column, createTable } from "./table.ts";

interface Item {
  readonly name: string;
  readonly health: string;
  readonly note: string;
}

const columns: readonly Column<Item>[] = [
  { title: "NAME", value: ({ name }) => name },
  { title: "HEALTH", value: ({ health }, { paint }) => paint.green(health) },
  { title: "NOTE", wide: true, value: ({ note }) => note },
];
const items: readonly Item[] = [
  { name: "edge-10", health: "Healthy", note: "fine" },
  { name: "e", health: "Missing", note: "" },
];
const plain = { paint: createColors(false), now: 0 };

test("rows() lines up cells under their titles and leaves no space at the end of a line", () => {
  expect(createTable(columns, { wide: false }).rows(items, plain)).toBe(
    ["NAME      HEALTH", "edge-10   Healthy", "e         Missing"].join("\n"),
  );
  expect(createTable(columns, { wide: true }).rows(items, plain)).toBe(
    ["NAME      HEALTH    NOTE", "edge-10   Healthy   fine", "e         Missing"].join("\n"),
  );
});

test("rows() does not count colours as width", () => {
  const painted = createTable(columns, { wide: true }).rows(items.slice(0, 1), { paint: createColors(true), now: 0 });
  expect(painted.split("\n")[1]).toBe("edge-10   \u001b[32mHealthy\u001b[39m   fine");
});

test("rows() that follow keep the widths and repeat no titles", () => {
  const table = createTable(columns, { wide: false });
  table.rows(items, plain);
  expect(table.rows([{ name: "x", health: "Unknown", note: "" }], plain)).toBe("x         Unknown");
});
