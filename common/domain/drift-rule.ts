import { canonicalJson, digestOf } from "./digest.ts";
import type { ObjectRef } from "./object-ref.ts";

/** Fields of some objects that others may change. All of it is regular expressions for the whole text but `paths`. */
export interface DriftRule {
  /** Which objects; an empty one matches everything. */
  readonly target: DriftTarget;
  /**
   * JSON pointers ("/spec/replicas"), or paths as drift is reported ("spec.template.spec.containers[name=web].image"), with all
   * below; none means every field.
   */
  readonly paths: readonly string[];
  /** Field managers; none means whoever it is. */
  readonly managers: readonly string[];
}

export interface DriftTarget {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Those of `rules` that are for an object. */
export function rulesFor(rules: readonly DriftRule[], ref: ObjectRef): readonly DriftRule[] {
  return rules.filter(({ target }) => {
    const { group, kind, namespace, name } = target;
    const asked = [
      [group, ref.group],
      [kind, ref.kind],
      [namespace, ref.namespace],
      [name, ref.name],
    ] as const;
    return asked.every(([pattern, text]) => pattern === "" || matchesWhole(pattern, text));
  });
}

/** Stands for some rules; empty for none. */
export function rulesKey(rules: readonly DriftRule[]): string {
  return rules.length === 0 ? "" : digestOf(canonicalJson(rules)).slice(0, 16);
}

/** False for what is no regular expression. */
export function matchesWhole(pattern: string, text: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`).test(text);
  } catch {
    return false;
  }
}
