export { type Approval, approvalGate } from "./approvals.ts";
export type { Change } from "./change.ts";
export { choose } from "./choose.ts";
export { freezeGate } from "./freeze-gate.ts";
export { failed, type Gate, passed, unmet, waiting } from "./gate.ts";
export { obstacles } from "./passable.ts";
export { type Soak, soakAfter, soakGate } from "./soak.ts";
export { type Evidence, stageHealth } from "./stage-health.ts";
export { type Stage, upstreamGate } from "./upstream-gate.ts";
