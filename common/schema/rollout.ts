import type { Problem, RolloutPolicy, WaveClusters, WavePolicy } from "../domain/index.ts";
import { countOf, gateOf, ms } from "./gate-policy.ts";
import { rolloutProblems } from "./rollout-problems.ts";
import type { RolloutBlock } from "./rollout-schema.ts";
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
