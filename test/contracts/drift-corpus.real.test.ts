import { describeDriftCorpus } from "./drift-corpus.ts";
import { realCluster } from "./real-cluster.ts";

describeDriftCorpus("a real control plane", () =>
  realCluster({
    controllers: [
      "deployment-controller",
      "replicaset-controller",
      "statefulset-controller",
      "daemonset-controller",
      "job-controller",
      "cronjob-controller",
      "replicationcontroller-controller",
      "endpointslice-controller",
      "endpoints-controller",
      "clusterrole-aggregation-controller",
      "disruption-controller",
      "resourcequota-controller",
      "serviceaccount-controller",
      "horizontal-pod-autoscaler-controller",
      "persistentvolume-binder-controller",
      "persistentvolume-protection-controller",
      "persistentvolumeclaim-protection-controller",
      "ttl-after-finished-controller",
    ],
  }),
);
