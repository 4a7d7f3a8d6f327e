import {
  displayRef,
  type FieldChange,
  type FleetDiff,
  type HookDiff,
  type ObjectDiff,
} from "../../common/domain/index.ts";
import { lineDiff } from "./line-diff.ts";
import { formatValue } from "./output.ts";
import type { Paint } from "./terminal.ts";

/** Clusters of a group that are named. */
const mostNames = 5;
const signs = { add: "+", change: "~", prune: "-", keep: "=" } as const;
const words = { add: "added", change: "changed", prune: "pruned", keep: "kept" } as const;

/** "412 identical, 3 differ, 1 failed, 2 unknown". */
function diffSummary({ summary }: FleetDiff): string {
  const { identical, different, failed, unknown } = summary;
  const parts = [`${identical} identical`, `${different} ${different === 1 ? "differs" : "differ"}`];
  if (failed > 0) parts.push(`${failed} could not be compared in full`);
  if (unknown > 0) parts.push(`${unknown} unknown`);
  return parts.join(", ");
}

/** For people: groups of clusters with equal differences, then those that did not answer, then the sum. */
export function diffText(diff: FleetDiff, paint: Paint): string {
  const lines: string[] = [];
  for (const { clusters, objects, hooks, errors } of diff.groups) {
    if (objects.length === 0 && errors.length === 0 && hooks?.length === 0) continue;
    lines.push(paint.bold(`On ${named(clusters)}:`));
    for (const { application, object, message } of errors) {
      const what = [application, object === undefined ? "" : displayRef(object)].filter((part) => part !== "");
      lines.push(paint.red(`  ! ${what.length === 0 ? "" : `${what.join(": ")}: `}${message}`));
    }
    for (const object of objects) lines.push(...objectLines(object, paint));
    if (hooks === undefined) lines.push(paint.yellow("  Hooks are unknown: the agent is too old to say, update it"));
    else lines.push(...hookLines(hooks, paint));
    lines.push("");
  }
  for (const { cluster, reason } of diff.unknown) lines.push(paint.yellow(`Unknown: ${cluster}: ${reason}`));
  lines.push(diffSummary(diff));
  return lines.join("\n");
}

function objectLines(object: ObjectDiff, paint: Paint): readonly string[] {
  const { action, application, source, reason, takenFrom, truncated } = object;
  const taken = takenFrom === undefined ? undefined : `takes over from ${takenFrom.join(", ")}`;
  const notes = [words[action], reason, taken, source === "" ? undefined : source].filter((note) => note !== undefined);
  const color = { add: paint.green, change: paint.yellow, prune: paint.red, keep: paint.dim }[action];
  const head = color(`  ${signs[action]} ${displayRef(object)}`);
  const lines = [`${head} ${paint.dim(`(${application}; ${notes.join("; ")})`)}`];
  if (truncated === true) lines.push("      too much to show");
  if (object.object !== undefined) {
    lines.push(
      ...formatValue(object.object, "yaml")
        .split("\n")
        .map((line) => paint.green(`      + ${line}`)),
    );
  }
  for (const field of object.fields) lines.push(...fieldLines(field, paint));
  return lines;
}

/** By application, in the order in which they are run. */
function hookLines(hooks: readonly HookDiff[], paint: Paint): readonly string[] {
  const lines: string[] = [];
  for (const application of new Set(hooks.map((hook) => hook.application))) {
    lines.push(`  Hooks of ${application}:`);
    for (const hook of hooks.filter((each) => each.application === application)) {
      const { action, phase, source, reason } = hook;
      const notes = [reason, source === "" ? undefined : source].filter((note) => note !== undefined);
      const more = notes.length === 0 ? "" : ` ${paint.dim(`(${notes.join("; ")})`)}`;
      const head = action === "run" ? paint.cyan(`    > run ${phase ?? ""}`) : paint.red("    - delete");
      lines.push(`${head} ${displayRef(hook)}${more}`);
    }
  }
  return lines;
}

function fieldLines({ path, before, after }: FieldChange, paint: Paint): readonly string[] {
  const [was, is] = [before, after].map((value) => (value === undefined ? undefined : text(value)));
  const lines = [`      ${path}:`];
  const isLong = [was, is].some((value) => value?.includes("\n"));
  const all =
    isLong && was !== undefined && is !== undefined ? lineDiff(was, is) : [...prefixed("-", was), ...prefixed("+", is)];
  for (const line of all) {
    const shown = `        ${line.slice(0, 1)} ${line.slice(1)}`;
    lines.push(line.startsWith("-") ? paint.red(shown) : line.startsWith("+") ? paint.green(shown) : shown);
  }
  return lines;
}

function prefixed(sign: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : value.split("\n").map((line) => `${sign}${line}`);
}

function text(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "object" ? formatValue(value, "yaml") : JSON.stringify(value);
}

function named(clusters: readonly string[]): string {
  const count = clusters.length === 1 ? "" : `${clusters.length} clusters: `;
  const shown = clusters.slice(0, mostNames).join(", ");
  const more = clusters.length > mostNames ? ` and ${clusters.length - mostNames} more` : "";
  return `${count}${shown}${more}`;
}
