import type { ReportBatch, ReportSource } from "../../agent/stream/index.ts";

/** A report log in memory, without compaction. */
export interface FakeReportSource extends ReportSource {
  set(key: string, value: unknown): void;
  readonly acknowledgedUpTo: () => number;
}

export function createFakeReportSource(logId = "log-1"): FakeReportSource {
  const entries: { version: number; key: string; value: unknown }[] = [];
  const listeners = new Set<() => void>();
  let version = 0;
  let acknowledged = 0;
  return {
    logId,
    set(key, value) {
      entries.push({ version: ++version, key, value });
      for (const listener of listeners) listener();
    },
    changesAfter(after, maxBytes): ReportBatch {
      const newer = entries.filter((entry) => entry.version > after);
      let bytes = 0;
      const taken = newer.filter((entry, index) => {
        bytes += JSON.stringify(entry.value ?? null).length;
        return index === 0 || bytes <= maxBytes;
      });
      return { version: taken.at(-1)?.version ?? after, entries: taken, last: taken.length === newer.length };
    },
    acknowledged(upTo) {
      acknowledged = Math.max(acknowledged, upTo);
    },
    acknowledgedUpTo: () => acknowledged,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
