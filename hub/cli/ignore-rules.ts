import type { DriftView } from "../../common/domain/index.ts";

/** A rule as it is written under spec.drift.ignore. */
export interface IgnoreRule {
  readonly target: {
    readonly group?: string;
    readonly kind: string;
    readonly namespace?: string;
    readonly name: string;
  };
  readonly paths: readonly string[];
  /** None for fields that were removed: nobody has them. */
  readonly managers?: readonly string[];
}

/** Rules that are just wide enough for this drift: one per object and field manager. What is resolved or deleted needs none. */
export function ignoreRules(items: readonly DriftView[]): readonly IgnoreRule[] {
  const rules = new Map<string, { readonly rule: Omit<IgnoreRule, "paths">; readonly paths: Set<string> }>();
  for (const { object, fields, state } of items) {
    if (state === "resolved") continue;
    const { group, kind, namespace, name } = object;
    const target = {
      ...(group === "" ? {} : { group: literal(group) }),
      kind,
      ...(namespace === "" ? {} : { namespace }),
      name: literal(name),
    };
    for (const { path, manager } of fields) {
      if (path === "") continue;
      const key = JSON.stringify([target, manager]);
      const rule = manager === "" ? { target } : { target, managers: [literal(manager)] };
      const known = rules.get(key) ?? { rule, paths: new Set() };
      rules.set(key, known);
      known.paths.add(path);
    }
  }
  return [...rules]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([
        ,
        {
          rule: { target, ...managers },
          paths,
        },
      ]) => ({ target, paths: [...paths].toSorted(), ...managers }),
    );
}

/** The text as a regular expression for it alone. */
function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
