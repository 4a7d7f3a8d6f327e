import { stripVTControlCharacters } from "node:util";
import type { Paint } from "./terminal.ts";

/** What a cell may depend on besides its item. */
export interface Show {
  readonly paint: Paint;
  /** Milliseconds since 1970: ages are told from here. */
  readonly now: number;
}

/** One column of a table; `wide` ones are shown with -o wide only. */
export interface Column<T> {
  readonly title: string;
  readonly wide?: boolean;
  readonly value: (item: T, show: Show) => string;
}

const gap = "   ";

/** Lines up rows under their titles. Rows that follow keep the widths, so that a watched table stays in line. */
export interface Table<T> {
  /** The titles, the first time, and a line per item. */
  rows(items: readonly T[], show: Show): string;
}

export function createTable<T>(columns: readonly Column<T>[], options: { readonly wide: boolean }): Table<T> {
  const shown = columns.filter((column) => column.wide !== true || options.wide);
  let widths: readonly number[] | undefined;
  return {
    rows(items, show) {
      const cells = items.map((item) => shown.map((column) => column.value(item, show)));
      const lines = widths === undefined ? [shown.map(({ title }) => title), ...cells] : cells;
      const known = widths ?? [];
      widths = shown.map((_, index) =>
        lines.reduce((most, line) => Math.max(most, widthOf(line[index] ?? "")), known[index] ?? 0),
      );
      return lines.map((line) => join(line, widths ?? [])).join("\n");
    },
  };
}

function join(line: readonly string[], widths: readonly number[]): string {
  const padded = line.map((cell, index) => cell + " ".repeat(Math.max(0, (widths[index] ?? 0) - widthOf(cell))));
  return padded.join(gap).trimEnd();
}

function widthOf(cell: string): number {
  return stripVTControlCharacters(cell).length;
}
