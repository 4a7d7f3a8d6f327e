import { stringify } from "yaml";
import type { HealthState, SyncState } from "../../common/domain/index.ts";
import type { Paint } from "./terminal.ts";

/** Of listings. */
export const formats = ["table", "wide", "json", "yaml"] as const;
export type Format = (typeof formats)[number];

/** Of commands that answer with one thing. */
export const answerFormats = ["text", "json", "yaml"] as const;
export type AnswerFormat = (typeof answerFormats)[number];

/** Without the final line end. */
export function formatValue(value: unknown, format: "json" | "yaml"): string {
  return format === "json"
    ? JSON.stringify(value, null, 2)
    : stringify(value, { aliasDuplicateObjects: false, lineWidth: 0 }).trimEnd();
}

export function paintHealth(health: HealthState, paint: Paint): string {
  if (health === "Healthy") return paint.green(health);
  if (health === "Degraded" || health === "Missing") return paint.red(health);
  return paint.yellow(health);
}

export function paintSync(sync: SyncState, paint: Paint): string {
  return sync === "Synced" ? paint.green(sync) : paint.yellow(sync);
}

/** "3m", "2h", "5d": how long ago; "never" without a time. */
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

/** At most `most` of the lines, and how many more there are. */
export function atMost(lines: readonly string[], most: number): readonly string[] {
  return lines.length <= most ? lines : [...lines.slice(0, most), `… and ${lines.length - most} more`];
}
