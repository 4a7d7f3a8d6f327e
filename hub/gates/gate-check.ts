import type { GatePolicy } from "../../common/domain/index.ts";
import type { Cancellable, Revision } from "../ports.ts";

/** One attempt of a gate that looks at something outside of the rollout. */
export interface GateRequest<Gate extends GatePolicy = GatePolicy> {
  /** Of this attempt and no other, the same when it is asked for again after a restart. */
  readonly id: string;
  readonly environment: string;
  /** As fleet.yaml calls it. */
  readonly name: string;
  readonly gate: Gate;
  /** Clusters that it is about: those of the wave. */
  readonly clusters: readonly string[];
  readonly revision: Revision;
}

export interface GateVerdict {
  readonly verdict: "passed" | "failed";
  /** One sentence: what was seen. */
  readonly message: string;
}

export interface GateOptions extends Cancellable {
  /** What is seen while there is no verdict yet. */
  readonly progress?: ((message: string) => void) | undefined;
}

/** Looks once. What goes wrong on the way is a verdict too; only an abort rejects. */
export type GateCheck<Type extends GatePolicy["type"]> = (
  request: GateRequest<Extract<GatePolicy, { type: Type }>>,
  options: GateOptions,
) => Promise<GateVerdict>;

export const passed = (message: string): GateVerdict => ({ verdict: "passed", message });
export const failed = (message: string): GateVerdict => ({ verdict: "failed", message });
