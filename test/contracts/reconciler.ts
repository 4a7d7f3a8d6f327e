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
import { describeHooks } from "./reconciler-hooks.ts";
import { describeImmutable } from "./reconciler-immutable.ts";
import { describePolicies } from "./reconciler-policies.ts";
import { describePrune } from "./reconciler-prune.ts";
import { describeRefusals } from "./reconciler-refusals.ts";
import { createStage, type ReconcilerStage } from "./reconciler-stage.ts";
import { describeStorms } from "./reconciler-storms.ts";
import { describeTakeover } from "./reconciler-takeover.ts";
import { describeWaves } from "./reconciler-waves.ts";

/** What an agent's engine does to a cluster, whichever cluster it is. */
export function describeReconciler(name: string, makeCluster: MakeCluster): void {
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

    describeApply(stage);
    describePrune(stage);
    describeTakeover(stage);
    describePolicies(stage);
    describeImmutable(stage);
    describeRefusals(stage);
    describeDrift(stage);
    describeDriftRules(stage);
    describeDriftLifecycle(stage);
    describeHealth(stage);
    describeCrashes(stage);
    describeStorms(stage);
    describeWaves(stage);
    describeHooks(stage);
    describeFaults(stage);
    describeFixedPoint(stage);
  });
}
