import {
  type AdoptMode,
  type ApplyMode,
  type ApplyPolicy,
  adoptAnnotation,
  adoptModes,
  applyAnnotations,
  applyModes,
  type ObjectPolicy,
  recreateAnnotations,
} from "../../common/domain/index.ts";
import type { LiveFacts } from "./live.ts";

/** How one object is applied. */
export interface Treatment {
  readonly mode: ApplyMode;
  readonly adopt: AdoptMode;
  readonly recreate: boolean;
  /** What is wrong with its annotations; empty when nothing is. */
  readonly problem: string;
}

const recreateWords: ReadonlyMap<string, boolean> = new Map([
  ["allowed", true],
  ["forbidden", false],
  // Flux's words.
  ["enabled", true],
  ["disabled", false],
]);

/** The object's annotations win over the application's policy. Upper and lower case are the same: Flux writes "IfNotPresent". */
export function treatmentOf(object: ObjectPolicy | undefined, policy: ApplyPolicy): Treatment {
  const { adopt, recreate } = policy;
  if (object === undefined) return { mode: "override", adopt, recreate, problem: "" };
  const mode = wordOf(object.apply, applyModes);
  const adopted = wordOf(object.adopt, adoptModes);
  const recreated = recreateWords.get(object.recreate.toLowerCase());
  const problems = [
    object.apply !== "" && mode === undefined ? expected(object.apply, applyAnnotations, applyModes) : "",
    object.adopt !== "" && adopted === undefined ? expected(object.adopt, [adoptAnnotation], adoptModes) : "",
    object.recreate !== "" && recreated === undefined
      ? expected(object.recreate, recreateAnnotations, ["allowed", "forbidden"])
      : "",
  ];
  return {
    mode: mode ?? "override",
    adopt: adopted ?? adopt,
    recreate: recreated ?? recreate,
    problem: problems.find((problem) => problem !== "") ?? "",
  };
}

/**
 * Why an object is left as it is: "ignored" by Git, "paused" by an annotation in the cluster, "kept" because it was to be created only;
 * empty when it is not.
 */
export type LeftAlone = "" | "ignored" | "paused" | "kept";

export function leftAlone(mode: ApplyMode, facts: LiveFacts | undefined): LeftAlone {
  if (mode === "ignore") return "ignored";
  if (facts?.isPaused === true) return "paused";
  return mode === "ifNotPresent" && facts !== undefined ? "kept" : "";
}

function wordOf<T extends string>(text: string, words: readonly T[]): T | undefined {
  return words.find((word) => word.toLowerCase() === text.toLowerCase());
}

/** 'annotation drover.dev/apply (or …) is "x": expected a, b or c' */
function expected(text: string, [name = "", ...others]: readonly string[], words: readonly string[]): string {
  const also = others.map((other) => ` (or ${other})`).join("");
  return `annotation ${name}${also} is "${text}": expected ${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
