import type { Manifest } from "./object-ref.ts";

/** What becomes of an object in the cluster that nobody applied for us yet. */
export const adoptModes = ["always", "identical", "never"] as const;
export type AdoptMode = (typeof adoptModes)[number];

/**
 * "override": all we say is so, and what other deployers said becomes ours; "merge": what others said stays theirs; "ifNotPresent":
 * created and then left alone; "ignore": neither applied nor pruned.
 */
export const applyModes = ["override", "merge", "ifNotPresent", "ignore"] as const;
export type ApplyMode = (typeof applyModes)[number];

/** How an application's objects are applied. */
export interface ApplyPolicy {
  /** Field managers, besides the known deployers, whose fields become ours; regular expressions for the whole text. */
  readonly takeover: readonly string[];
  readonly adopt: AdoptMode;
  /** Objects may be deleted and created again where a field that changed cannot be changed. */
  readonly recreate: boolean;
}

export const defaultApplyPolicy: ApplyPolicy = { takeover: [], adopt: "always", recreate: false };

/** What an object's annotations say about how it is applied, as they are written; empty where they say nothing. */
export interface ObjectPolicy {
  readonly apply: string;
  readonly adopt: string;
  readonly recreate: string;
}

export const applyAnnotations = ["drover.dev/apply", "kustomize.toolkit.fluxcd.io/ssa"] as const;
const reconcileAnnotations = ["drover.dev/reconcile", "kustomize.toolkit.fluxcd.io/reconcile"] as const;
export const adoptAnnotation = "drover.dev/adopt";
export const recreateAnnotations = ["drover.dev/recreate", "kustomize.toolkit.fluxcd.io/force"] as const;

/** Undefined when its annotations say nothing about it. The first of two annotations for the same wins. */
export function objectPolicyOf({ metadata }: Manifest): ObjectPolicy | undefined {
  // Charts write "annotations:" with nothing after it, which is null.
  const annotations = metadata.annotations ?? {};
  const first = (names: readonly string[]) => names.map((name) => annotations[name]).find((text) => text !== undefined);
  const apply = isReconcileDisabled(annotations) ? "ignore" : (first(applyAnnotations) ?? "");
  const policy = { apply, adopt: annotations[adoptAnnotation] ?? "", recreate: first(recreateAnnotations) ?? "" };
  return Object.values(policy).some((text) => text !== "") ? policy : undefined;
}

/** Somebody annotated the object in the cluster: it is neither applied nor pruned until that is undone. */
export function isPausedBy(annotations: Readonly<Record<string, string>> = {}): boolean {
  return (
    isReconcileDisabled(annotations) || applyAnnotations.some((name) => annotations[name]?.toLowerCase() === "ignore")
  );
}

function isReconcileDisabled(annotations: Readonly<Record<string, string>>): boolean {
  return reconcileAnnotations.some((name) => annotations[name] === "disabled");
}
