import type { ReportEntry__Output } from "../../common/wire/index.ts";
import type { ReportChange } from "../ports.ts";

/** Entries that are no JSON are left out and named: one bad entry never blocks the others. */
export function decodeReport(
  report: { readonly entries: readonly ReportEntry__Output[] },
  onUnreadable: (key: string, reason: string) => void,
): readonly ReportChange[] {
  return report.entries.flatMap(({ key, value }): ReportChange[] => {
    if (value.length === 0) return [{ key, value: undefined }];
    try {
      return [{ key, value: JSON.parse(value.toString("utf8")) as unknown }];
    } catch (thrown) {
      onUnreadable(key, thrown instanceof Error ? thrown.message : String(thrown));
      return [];
    }
  });
}
