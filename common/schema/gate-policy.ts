import { type ClusterCount, type GatePolicy, parseDuration } from "../domain/index.ts";
import type { WrittenGate } from "./gate-schema.ts";

export function gateOf({ approval, health, http, prometheus, job, dryRun }: WrittenGate): GatePolicy {
  if (approval !== undefined) return { type: "approval", ...approval };
  if (health !== undefined) {
    return { type: "health", quorum: countOf(health.quorum, 0), scope: health.scope, timeoutMs: ms(health.timeout) };
  }
  if (http !== undefined) return { type: "http", url: http.url, status: http.status, ...timingOf(http) };
  if (prometheus !== undefined) {
    const { url, query, condition } = prometheus;
    return { type: "prometheus", url, query, condition: conditionOf(condition), ...timingOf(prometheus) };
  }
  if (job !== undefined) {
    const { manifest, namespace, cluster } = job;
    return { type: "job", manifest, namespace, cluster, ...timingOf(job) };
  }
  if (dryRun === undefined) throw new Error("the schema lets exactly one kind of gate through");
  return { type: "dryRun", maxFailures: countOf(dryRun.maxFailures, 0), ...timingOf(dryRun) };
}

function timingOf(written: { readonly timeout: string; readonly attempts: number; readonly interval: string }) {
  return { timeoutMs: ms(written.timeout), attempts: written.attempts, intervalMs: ms(written.interval) };
}

function conditionOf(text: string): Extract<GatePolicy, { type: "prometheus" }>["condition"] {
  const [, operator = "", value] = /^\s*([<>=!]+)\s*(.+)$/.exec(text) ?? [];
  const known = (["<", "<=", ">", ">=", "==", "!="] as const).find((each) => each === operator);
  return { operator: known ?? "==", value: Number(value) };
}

/** Of a number or a percentage. */
export function countOf(written: number | string, atLeast: number): ClusterCount {
  return typeof written === "number" ? { count: written } : { percent: Number.parseInt(written, 10), atLeast };
}

/** Of a duration. */
export function ms(duration: string): number {
  return parseDuration(duration) ?? 0;
}
