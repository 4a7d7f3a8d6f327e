import type { GatePolicy } from "../../common/domain/index.ts";
import type { Notice } from "./state.ts";

/** What the driver does after the state was saved. Doing one twice changes nothing; "restart" asks again for all open ones. */
export type RolloutEffect =
  /** Tell the cluster this revision. */
  | { readonly type: "assign"; readonly cluster: string; readonly revision: string }
  /** Answer with "gate" events of the same id. Approvals and health need no effect. */
  | {
      readonly type: "runGate";
      readonly id: string;
      readonly name: string;
      readonly gate: GatePolicy;
      readonly wave: string;
      readonly revision: string;
    }
  | { readonly type: "cancelGate"; readonly id: string }
  /** Bring a commit with the tree of `good` on top of `bad`; answer with "reverted", "revertPending" or "revertFailed". */
  | { readonly type: "revert"; readonly bad: string; readonly good: string; readonly reason: string }
  /** Answer with "notified". */
  | ({ readonly type: "notify" } & Notice)
  /** Send "tick" at this time; replaces the earlier one, undefined: none is needed. */
  | { readonly type: "wake"; readonly wakeAt: number | undefined }
  /** The operation did nothing. */
  | { readonly type: "refuse"; readonly reason: string };
