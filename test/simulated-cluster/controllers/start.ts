import type { ClusterClock } from "../clock.ts";
import type { KindTable } from "../kinds.ts";
import type { Objects } from "../objects.ts";
import type { Store } from "../store.ts";

/** Milliseconds that the simulated controllers take. */
export interface ControllerDelays {
  /** From a pod's creation to its readiness. */
  readonly podReadyMs: number;
}

export interface ControllerDependencies {
  readonly store: Store;
  readonly kinds: KindTable;
  readonly objects: Objects;
  readonly clock: ClusterClock;
}

export function startControllers(
  _dependencies: ControllerDependencies,
  _delays: Partial<ControllerDelays>,
): { stop(): void } {
  return { stop() {} };
}
