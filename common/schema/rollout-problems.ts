import type { Problem, RolloutPolicy } from "../domain/index.ts";
import { nearest } from "./nearest.ts";
import type { RolloutBlock } from "./rollout-schema.ts";
import { windowProblems } from "./windows.ts";
import type { DocumentPath, YamlDocument } from "./yaml-document.ts";

/** What each part of the block allows, but not all of it together. */
export function rolloutProblems(
  block: RolloutBlock,
  policy: RolloutPolicy,
  document: YamlDocument,
  path: DocumentPath,
): readonly Problem[] {
  const at = (severity: Problem["severity"], message: string, ...inside: DocumentPath): Problem => ({
    severity,
    message,
    position: document.locate([...path, ...inside]),
  });
  return [
    ...waveNames(policy, at),
    ...clustersOfWaves(policy, at),
    ...limits(block, policy, at),
    ...gates(policy, at),
    ...(policy.windows === undefined || block.windows === undefined
      ? []
      : windowProblems(block.windows, policy.windows, document, [...path, "windows"])),
  ];
}

type At = (severity: Problem["severity"], message: string, ...inside: DocumentPath) => Problem;
const reserved = ["rollback", "left-over"];

function waveNames({ waves }: RolloutPolicy, at: At): Problem[] {
  return waves.flatMap(({ name }, index) => {
    if (reserved.includes(name)) {
      return [
        at("error", `Wave "${name}": expected another name, this one has a meaning of its own`, "waves", index, "name"),
      ];
    }
    const twice = waves.findIndex((other) => other.name === name) !== index;
    return twice ? [at("error", `Two waves named "${name}": expected unique names`, "waves", index, "name")] : [];
  });
}

function clustersOfWaves({ waves }: RolloutPolicy, at: At): Problem[] {
  const problems: Problem[] = [];
  const named = new Map<string, string>();
  let percent = 0;
  for (const [index, { name, clusters }] of waves.entries()) {
    const path = ["waves", index, "clusters"] as const;
    if (clusters.type === "rest" && index < waves.length - 1) {
      const message = `Wave "${name}" takes all clusters that are left, so nothing is left for the waves after it: expected it last, or "clusters"`;
      problems.push(at("error", message, "waves", index));
    }
    if (clusters.type === "percent") {
      percent += clusters.percent;
      if (clusters.percent === 0)
        problems.push(at("error", 'Expected more than "0%" of the clusters: got "0%"', ...path));
      else if (percent > 100)
        problems.push(at("error", `Waves take ${percent}% of the clusters: expected at most 100% in all`, ...path));
    }
    if (clusters.type === "names") {
      for (const [place, cluster] of clusters.names.entries()) {
        const first = named.get(cluster);
        if (first !== undefined) {
          problems.push(
            at("error", `Cluster "${cluster}" is in waves "${first}" and "${name}": expected one`, ...path, place),
          );
        }
        named.set(cluster, first ?? name);
      }
    }
  }
  if (waves.at(-1)?.clusters.type !== "rest" && percent < 100) {
    problems.push(
      at(
        "warning",
        'Waves may leave clusters out, which then come last: expected a last wave without "clusters"',
        "waves",
      ),
    );
  }
  return problems;
}

function limits(block: RolloutBlock, { waves }: RolloutPolicy, at: At): Problem[] {
  const problems: Problem[] = [];
  for (const [index, wave] of waves.entries()) {
    const { maxUnavailable, maxFailures, progressDeadlineMs, name } = wave;
    const inWave = (field: "maxUnavailable" | "progressDeadline"): DocumentPath =>
      block.waves?.[index]?.[field] === undefined ? [field] : ["waves", index, field];
    if (maxUnavailable.count === 0 || maxUnavailable.percent === 0) {
      problems.push(
        at("error", 'Expected "maxUnavailable" of at least 1: nothing could be updated', ...inWave("maxUnavailable")),
      );
    }
    if (progressDeadlineMs < 1000) {
      problems.push(at("error", 'Expected a "progressDeadline" of at least "1s"', ...inWave("progressDeadline")));
    }
    if (
      maxUnavailable.count !== undefined &&
      maxFailures.count !== undefined &&
      maxFailures.count >= maxUnavailable.count &&
      maxFailures.count > 0
    ) {
      const message = `Wave "${name}" stops at ${maxUnavailable.count} failed clusters, which take all places of "maxUnavailable": expected "maxFailures" below it`;
      problems.push(at("warning", message, "waves", index, "maxFailures"));
    }
  }
  return problems;
}

function gates({ waves, gates: known }: RolloutPolicy, at: At): Problem[] {
  const names = Object.keys(known);
  const used = new Set<string>();
  const problems: Problem[] = [];
  for (const [index, wave] of waves.entries()) {
    for (const time of ["before", "after"] as const) {
      for (const [place, gate] of wave[time].entries()) {
        used.add(gate);
        const path = ["waves", index, time, place] as const;
        if (wave[time].indexOf(gate) !== place) {
          problems.push(at("error", `Gate "${gate}" stands twice: expected it once`, ...path));
        }
        if (names.includes(gate)) continue;
        const near = nearest(gate, names);
        const hint = near === undefined ? 'expected one that "gates" has' : `did you mean "${near}"?`;
        problems.push(at("error", `Unknown gate "${gate}": ${hint}`, ...path));
      }
    }
  }
  for (const [name, gate] of Object.entries(known)) {
    if (!used.has(name)) problems.push(at("warning", `No wave asks gate "${name}"`, "gates", name));
    if (gate.type === "approval" && gate.from.length > 0 && new Set(gate.from).size < gate.count) {
      const message = `Gate "${name}" wants ${gate.count} approvals of ${new Set(gate.from).size} people: expected at least as many people`;
      problems.push(at("error", message, "gates", name, "approval", "from"));
    }
    if ("timeoutMs" in gate && gate.timeoutMs === 0) {
      problems.push(at("error", `Gate "${name}" gives up at once: expected a "timeout" above 0`, "gates", name));
    }
  }
  return problems;
}
