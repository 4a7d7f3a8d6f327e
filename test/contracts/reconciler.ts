import { afterAll, afterEach, beforeAll, describe } from "vitest";
import type { ClusterHandle, MakeCluster } from "./kube-cluster.ts";
import { describeApply } from "./reconciler-apply.ts";
import { describeCrashes } from "./reconciler-crashes.ts";
import { describeDrift } from "./reconciler-drift.ts";
import { describeDriftLifecycle } from "./reconciler-drift-lifecycle.ts";
import { describeDriftRules } from "./reconciler-drift-rules.ts";
import { describeFaults } from "./reconciler-faults.ts";
import { describeFixedPoint } from "./reconciler-fixed-point.ts";
import { describeHealth } from "./reconciler-health.ts";
import { describeHookCrashes } from "./reconciler-hook-crashes.ts";
import { describeHookEnds } from "./reconciler-hook-ends.ts";
import { describeHooks } from "./reconciler-hooks.ts";
import { describeImmutable } from "./reconciler-immutable.ts";
import { describeInventory } from "./reconciler-inventory.ts";
import { describePolicies } from "./reconciler-policies.ts";
import { describePrune } from "./reconciler-prune.ts";
import { describePruneGuards } from "./reconciler-prune-guards.ts";
import { describePruneWishes } from "./reconciler-prune-wishes.ts";
import { describeRefusals } from "./reconciler-refusals.ts";
import { createStage, type ReconcilerStage } from "./reconciler-stage.ts";
import { describeStorms } from "./reconciler-storms.ts";
import { describeTakeover } from "./reconciler-takeover.ts";
import { describeWaves } from "./reconciler-waves.ts";

type Part = (stage: () => ReconcilerStage) => void;

/** What it does while the way to the cluster is good. */
export const everyday: readonly Part[] = [
  describeApply,
  describePrune,
  describePruneGuards,
  describePruneWishes,
  describeInventory,
  describeTakeover,
  describePolicies,
  describeImmutable,
  describeRefusals,
  describeDrift,
  describeDriftRules,
  describeDriftLifecycle,
  describeHealth,
  describeWaves,
  describeHooks,
  describeHookEnds,
  describeFixedPoint,
];

/** What it does when something dies, fails or comes in a rush: takes as long as all the rest. */
export const adversity: readonly Part[] = [describeFaults, describeCrashes, describeHookCrashes, describeStorms];

/** What an agent's engine does to a cluster, whichever cluster it is. */
export function describeReconciler(name: string, makeCluster: MakeCluster, parts: readonly Part[]): void {
  describe(`createReconciler() on ${name}`, () => {
    let cluster: ClusterHandle | undefined;
    let current: ReconcilerStage | undefined;
    const stage = () => {
      if (current === undefined) throw new Error("The cluster did not start");
      return current;
    };

    beforeAll(async () => {
      cluster = await makeCluster();
      current = createStage(cluster);
    });
    afterEach(() => current?.stopAll());
    afterAll(() => cluster?.stop());

    for (const describePart of parts) describePart(stage);
  });
}
