import { afterAll, beforeAll, describe } from "vitest";
import { createKubeClient } from "../../agent/kube/index.ts";
import { silentLogger } from "../../common/telemetry/index.ts";
import { describeObjects } from "./kube-client-objects.ts";
import { describeRequests } from "./kube-client-requests.ts";
import type { KubeClientStage } from "./kube-client-stage.ts";
import { describeWatches } from "./kube-client-watches.ts";
import type { MakeCluster } from "./kube-cluster.ts";

export type { MakeCluster } from "./kube-cluster.ts";

/**
 * The rules of the `KubeClient` port, run against an API server. The same suite holds for the real control plane and for
 * the simulated one, so it is also the measure of how true the simulation is. `describeMore` adds what only one of them
 * can show.
 */
export function describeKubeClient(
  name: string,
  makeCluster: MakeCluster,
  describeMore: (stage: () => KubeClientStage) => void = () => {},
): void {
  describe(`KubeClient on ${name}`, () => {
    let stage: KubeClientStage | undefined;

    beforeAll(async () => {
      const cluster = await makeCluster();
      const connect = (kubeconfig: string) =>
        createKubeClient({ kubeconfig, log: silentLogger(), userAgent: "drover-contract-test" });
      stage = { cluster, client: await connect(cluster.kubeconfig), connect };
    });

    afterAll(async () => {
      await stage?.client.close();
      await stage?.cluster.stop();
    });

    const current = (): KubeClientStage => {
      if (stage === undefined) throw new Error("The cluster did not start");
      return stage;
    };
    describeRequests(current);
    describeObjects(current);
    describeWatches(current);
    describeMore(current);
  });
}
