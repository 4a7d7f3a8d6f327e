import type { RolloutPolicy } from "../../common/domain/index.ts";
import type { ClusterReport, Release } from "./state.ts";

/** Everything that may happen. `at`: milliseconds since 1970, never going back. Each may come twice. */
export type RolloutEvent = {
  readonly at: number;
} /** `sameAs`: of what is quarantined, revisions that have the same files. */ & (
  | ({ readonly type: "revision"; readonly sameAs?: readonly string[] } & Release)
  | { readonly type: "policy"; readonly policy: RolloutPolicy }
  /** Also: its labels changed. `assigned`: what it was told before this state knew it. */
  | {
      readonly type: "join";
      readonly cluster: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly online: boolean;
      readonly assigned?: string;
      /** Of one that is new: why nobody may change it now. */
      readonly suspended?: string;
    }
  /** Removed, or selected by the environment no more. */
  | { readonly type: "leave"; readonly cluster: string }
  | { readonly type: "presence"; readonly cluster: string; readonly online: boolean }
  /** `reason` undefined: no longer. */
  | { readonly type: "suspend"; readonly cluster: string; readonly reason: string | undefined }
  /** The hub cannot make this revision for this cluster; `reason` undefined: it can again. */
  | {
      readonly type: "held";
      readonly cluster: string;
      readonly revision: string;
      readonly reason: string | undefined;
    }
  /** What the cluster's agent says. */
  | ({ readonly type: "report"; readonly cluster: string } & ClusterReport)
  /** "running": nothing but a newer message. */
  | {
      readonly type: "gate";
      readonly id: string;
      readonly verdict: "running" | "passed" | "failed";
      readonly message: string;
    }
  /** The revert is on the branch as `release`. */
  | { readonly type: "reverted"; readonly of: string; readonly release: Release }
  /** The revert waits for somebody ("pull request #12"). */
  | { readonly type: "revertPending"; readonly of: string; readonly message: string }
  | { readonly type: "revertFailed"; readonly of: string; readonly message: string }
  | { readonly type: "notified"; readonly id: string }
  | { readonly type: "tick" }
  /** The driver starts: all that is still to be done comes as effects. */
  | { readonly type: "restart" }
  | ({ readonly type: "operation"; readonly actor: string; readonly reason: string } & RolloutOperation)
);

export type RolloutOperation =
  | { readonly operation: "pause" | "resume" | "abort" | "retry" | "skipWave" | "hold" | "release" }
  /** `of` goes no further and does not come back by itself: somebody brings an earlier one back, or has. */
  | { readonly operation: "rollback"; readonly of: string }
  /** Windows are ignored until the run ends; needs a reason. */
  | { readonly operation: "override" }
  /** Of the gate that waits for it; `revision`: what the approver saw. */
  | { readonly operation: "approve"; readonly revision: string; readonly gate?: string };
