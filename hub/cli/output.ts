import Table from "cli-table3";
import pc from "picocolors";
import { stringify } from "yaml";
import type { HealthState, SyncState } from "../../common/domain/index.ts";

export const formats = ["table", "wide", "json", "yaml"] as const;
export type Format = (typeof formats)[number];

/** One column of a table; `wide` ones are shown with -o wide only. */
export interface Column<T> {
  readonly title: string;
  readonly wide?: boolean;
  readonly value: (item: T) => string;
}

const noBorders = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "   ",
};

/** Text of a listing in the asked format, without the final line end. */
export function formatItems<T>(items: readonly T[], columns: readonly Column<T>[], format: Format): string {
  if (format === "json") return JSON.stringify(items, null, 2);
  if (format === "yaml") return stringify(items, { aliasDuplicateObjects: false }).trimEnd();
  const shown = columns.filter((column) => column.wide !== true || format === "wide");
  const table = new Table({
    head: shown.map((column) => column.title),
    chars: noBorders,
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [], compact: true },
  });
  for (const item of items) table.push(shown.map((column) => column.value(item)));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

export function formatOne(value: unknown, format: Format): string {
  return format === "yaml" ? stringify(value).trimEnd() : JSON.stringify(value, null, 2);
}

export function paintHealth(health: HealthState): string {
  if (health === "Healthy") return pc.green(health);
  if (health === "Degraded" || health === "Missing") return pc.red(health);
  return pc.yellow(health);
}

export function paintSync(sync: SyncState): string {
  return sync === "Synced" ? pc.green(sync) : pc.yellow(sync);
}

/** "3m", "2h", "5d": how long ago; "never" for null. */
export function age(iso: string | null, now: number): string {
  if (iso === null || iso === "") return "never";
  const seconds = Math.max(0, Math.round((now - Date.parse(iso)) / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86400)}d`;
}

export function shortRevision(revision: string | null): string {
  return revision === null || revision === "" ? "-" : revision.slice(0, 8);
}

/** First line, and how many more there are. */
export function firstLine(text: string): string {
  const [first = "", ...more] = text.split("\n");
  return more.length === 0 ? first : `${first} (+${more.length} more)`;
}
