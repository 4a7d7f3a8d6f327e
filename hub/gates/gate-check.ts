import type { GatePolicy } from "../../common/domain/index.ts";
import type { Cancellable, Revision } from "../ports.ts";

/** One attempt of a gate that looks at something outside of the rollout. */
export interface GateRequest<Gate extends GatePolicy = GatePolicy> {
  readonly environment: string;
  readonly gate: Gate;
  /** Clusters of the wave. */
  readonly clusters: readonly string[];
  readonly revision: Revision;
}

export interface GateVerdict {
  readonly verdict: "passed" | "failed";
  /** One sentence: what was seen. */
  readonly message: string;
}

/** Looks once. What goes wrong on the way is a verdict too; only an abort rejects. */
export type GateCheck<Type extends GatePolicy["type"]> = (
  request: GateRequest<Extract<GatePolicy, { type: Type }>>,
  options: Cancellable,
) => Promise<GateVerdict>;

export const passed = (message: string): GateVerdict => ({ verdict: "passed", message });
export const failed = (message: string): GateVerdict => ({ verdict: "failed", message });
