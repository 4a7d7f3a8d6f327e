import type { ClusterCount, GatePolicy, Problem, RolloutPolicy, WaveClusters, WavePolicy } from "../domain/index.ts";
import { parseDuration } from "../domain/index.ts";
import { rolloutProblems } from "./rollout-problems.ts";
import type { RolloutBlock, WrittenGate } from "./rollout-schema.ts";
import { windowsOf } from "./windows.ts";
import type { DocumentPath, YamlDocument } from "./yaml-document.ts";

export interface ParsedRollout {
  /** Undefined without a block. */
  readonly policy: RolloutPolicy | undefined;
  readonly problems: readonly Problem[];
}

/** `path`: where the block stands in the document. */
export function rolloutOf(block: RolloutBlock | undefined, document: YamlDocument, path: DocumentPath): ParsedRollout {
  if (block === undefined) return { policy: undefined, problems: [] };
  const written = block.waves ?? [{ name: "all", before: [], after: [] }];
  const policy: RolloutPolicy = {
    waves: written.map((wave) => waveOf(wave, block)),
    gates: Object.fromEntries(Object.entries(block.gates).map(([name, gate]) => [name, gateOf(gate)])),
    maxFailures: block.maxFailures === undefined ? undefined : countOf(block.maxFailures, 0),
    onFailure: block.onFailure,
    onNewRevision: block.onNewRevision,
    onOverlap: block.onOverlap,
    join: block.join,
    offline: block.offline,
    windows: block.windows === undefined ? undefined : { ...windowsOf(block.windows), onClose: block.windows.onClose },
    pacing: {
      parallelism: block.pacing.parallelism,
      intervalMs: ms(block.pacing.interval),
      jitterMs: ms(block.pacing.jitter),
      registry: block.pacing.registry,
    },
  };
  return { policy, problems: rolloutProblems(block, policy, document, path) };
}

function waveOf(wave: NonNullable<RolloutBlock["waves"]>[number], block: RolloutBlock): WavePolicy {
  return {
    name: wave.name,
    clusters: clustersOf(wave.clusters),
    maxUnavailable: countOf(wave.maxUnavailable ?? block.maxUnavailable, 1),
    maxFailures: countOf(wave.maxFailures ?? 0, 0),
    bakeMs: ms(wave.bake ?? block.bake),
    progressDeadlineMs: ms(wave.progressDeadline ?? block.progressDeadline),
    before: wave.before,
    after: wave.after,
  };
}

function clustersOf(written: NonNullable<RolloutBlock["waves"]>[number]["clusters"]): WaveClusters {
  if (written === undefined) return { type: "rest" };
  if (typeof written === "number") return { type: "count", count: written };
  if (typeof written === "string") return { type: "percent", percent: Number.parseInt(written, 10) };
  return "matchLabels" in written ? { type: "labels", selector: written } : { type: "names", names: written };
}

function gateOf({ approval, health, http, prometheus, job, dryRun }: WrittenGate): GatePolicy {
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

function countOf(written: number | string, atLeast: number): ClusterCount {
  return typeof written === "number" ? { count: written } : { percent: Number.parseInt(written, 10), atLeast };
}

function ms(duration: string): number {
  return parseDuration(duration) ?? 0;
}
