import { cpus, totalmem } from "node:os";

/** One line of a benchmark: what was asked, the floor on this machine in this run, ours. */
export interface Measurement {
  readonly what: string;
  readonly unit: "ms" | "MB" | "requests" | "events/s";
  /** Least that any client would need; undefined where there is no such thing. */
  readonly floor?: number;
  readonly floorIs?: string;
  readonly ours: number;
  /** What we want to stay under, in `unit`, or as a ratio to the floor. */
  readonly aim?: number;
  readonly aimRatio?: number;
}

export function machineLine(): string {
  const [cpu] = cpus();
  return `${cpus().length} × ${cpu?.model ?? "unknown CPU"}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, everything on one machine`;
}

export function printMeasurements(measurements: readonly Measurement[]): void {
  for (const { what, unit, floor, floorIs, ours, aim, aimRatio } of measurements) {
    const parts = [`ours ${format(ours)} ${unit}`];
    if (floor !== undefined)
      parts.push(`floor ${format(floor)} ${unit} (${floorIs})`, `ratio ${(ours / floor).toFixed(2)}`);
    const limit = aim ?? (aimRatio !== undefined && floor !== undefined ? aimRatio * floor : undefined);
    if (limit !== undefined)
      parts.push(
        `aim ≤ ${aim === undefined ? `${aimRatio} × floor` : `${format(aim)} ${unit}`}: ${ours <= limit ? "met" : "missed"}`,
      );
    console.log(`  ${what}\n      ${parts.join(", ")}`);
  }
}

function format(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1);
}

/** The value below which the given share of the samples lies. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
