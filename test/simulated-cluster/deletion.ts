import { type Json, type KubeObject, listAt, withAt } from "./json.ts";
import type { Kind } from "./kinds.ts";

export type Propagation = "Background" | "Foreground" | "Orphan";

export interface DeleteOptions {
  readonly propagation: Propagation;
  readonly dryRun: boolean;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

/** Finalizers that the garbage collector answers. */
export const foregroundFinalizer = "foregroundDeletion";
export const orphanFinalizer = "orphan";

/** What a deletion makes of an object: undefined when it goes at once, the same object when it is already going. */
export function deletionOf(kind: Kind, live: KubeObject, options: DeleteOptions, time: string): KubeObject | undefined {
  const mine =
    options.propagation === "Foreground"
      ? foregroundFinalizer
      : options.propagation === "Orphan"
        ? orphanFinalizer
        : undefined;
  const present = listAt(live, "metadata", "finalizers");
  const finalizers: readonly Json[] = mine === undefined || present.includes(mine) ? present : [...present, mine];
  const waits = finalizers.length > 0 || (kind.key === "/namespaces" && listAt(live, "spec", "finalizers").length > 0);
  if (!waits) return undefined;
  if (live.metadata["deletionTimestamp"] !== undefined && finalizers === present) return live;
  const generation = live.metadata["generation"];
  const marked: KubeObject = {
    ...live,
    metadata: {
      ...live.metadata,
      ...(finalizers.length === 0 ? {} : { finalizers }),
      deletionTimestamp: live.metadata["deletionTimestamp"] ?? time,
      deletionGracePeriodSeconds: 0,
      ...(typeof generation === "number" ? { generation: generation + 1 } : {}),
    },
  };
  return kind.key === "/namespaces" ? withAt(marked, ["status", "phase"], "Terminating") : marked;
}
