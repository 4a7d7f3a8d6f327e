import type { Logger } from "../../common/telemetry/index.ts";
import type { AgentMessage } from "../../common/wire/index.ts";
import type { ReportBatch, ReportSource } from "./ports.ts";

/** Sends what the report log has and the hub has not, a few messages ahead of the hub's acknowledgements. */
export interface ReportSender {
  /** There may be something new. */
  pump(): void;
  acknowledged(version: number): void;
}

const maxBatchBytes = 192 * 1024;
/** Above this no status makes sense, and the hub would refuse the message. */
const maxValueBytes = 1024 * 1024;
const maxUnacknowledged = 4;

export function createReportSender(options: {
  readonly source: ReportSource;
  /** What the hub has; 0: nothing, so that it is to be told when it has everything. */
  readonly from: number;
  readonly send: (message: AgentMessage) => void;
  readonly log: Logger;
}): ReportSender {
  const { source, send, log } = options;
  let sent = options.from;
  let completing = options.from === 0;
  let unacknowledged: number[] = [];

  function encode({ key, value }: ReportBatch["entries"][number]): Buffer | undefined {
    if (value === undefined) return Buffer.alloc(0);
    const encoded = Buffer.from(JSON.stringify(value));
    if (encoded.length <= maxValueBytes) return encoded;
    log.error({ key, bytes: encoded.length }, "Left out a report that is too large");
    return undefined;
  }

  return {
    pump() {
      while (unacknowledged.length < maxUnacknowledged) {
        const { version, entries, last } = source.changesAfter(sent, maxBatchBytes);
        const complete = completing && last;
        if (entries.length === 0 && !complete) return;
        if (complete) completing = false;
        const encoded = entries.flatMap((entry) => {
          const value = encode(entry);
          return value === undefined ? [] : [{ version: entry.version, key: entry.key, value }];
        });
        send({ report: { version, entries: encoded, complete } });
        sent = version;
        unacknowledged.push(version);
      }
    },
    acknowledged(version) {
      unacknowledged = unacknowledged.filter((waiting) => waiting > version);
      source.acknowledged(version);
    },
  };
}
