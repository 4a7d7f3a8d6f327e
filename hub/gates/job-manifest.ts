import { createHash } from "node:crypto";
import { gateJobLabel, type Manifest } from "../../common/domain/index.ts";
import type { GateJob } from "../../common/schema/index.ts";

/** How long a Job that has ended stays, for whoever wants to look: far longer than a hub is away. */
const keptSeconds = 3_600;

export interface JobRun {
  readonly id: string;
  readonly environment: string;
  /** Of the gate. */
  readonly name: string;
  readonly cluster: string;
  readonly namespace: string;
  readonly revision: string;
  readonly timeoutMs: number;
}

/** The Job of one attempt on one cluster: always the same one, however often it is made. */
export function jobManifest(job: GateJob, run: JobRun): Manifest {
  const { metadata, spec } = job;
  const { template } = spec;
  const pod = template.spec;
  const variables = [
    { name: "DROVER_ENVIRONMENT", value: run.environment },
    { name: "DROVER_CLUSTER", value: run.cluster },
    { name: "DROVER_REVISION", value: run.revision },
  ];
  const contained = (containers: GateJob["spec"]["template"]["spec"]["containers"]) =>
    containers.map((container) => ({
      ...container,
      // What is written wins.
      env: [
        ...variables.filter(({ name }) => !(container.env ?? []).some((written) => written.name === name)),
        ...(container.env ?? []),
      ],
      securityContext: {
        capabilities: { drop: ["ALL"] },
        ...container.securityContext,
        allowPrivilegeEscalation: false,
      },
    }));
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: jobName(run),
      namespace: run.namespace,
      labels: { ...metadata.labels, [gateJobLabel]: run.name },
      annotations: {
        ...metadata.annotations,
        "drover.dev/gate-attempt": run.id,
        "drover.dev/revision": run.revision,
      },
    },
    spec: {
      ...spec,
      activeDeadlineSeconds: deadlineSeconds(run.timeoutMs),
      ttlSecondsAfterFinished: keptSeconds,
      template: {
        metadata: { ...template.metadata, labels: { ...template.metadata.labels, [gateJobLabel]: run.name } },
        spec: {
          // Who needs the API of the cluster says so by naming an account.
          automountServiceAccountToken: pod.serviceAccountName !== undefined,
          ...pod,
          securityContext: { seccompProfile: { type: "RuntimeDefault" }, ...pod.securityContext },
          ...(pod.initContainers === undefined ? {} : { initContainers: contained(pod.initContainers) }),
          containers: contained(pod.containers),
        },
      },
    },
  };
}

/** A little less than the gate has, so that Kubernetes says why before the gate gives up. */
function deadlineSeconds(timeoutMs: number): number {
  return Math.max(1, Math.floor((timeoutMs - Math.min(15_000, timeoutMs / 5)) / 1000));
}

/** Pods are named after their Job, in 63 characters. */
const namedLength = 30;

function jobName({ id, environment, name, cluster }: JobRun): string {
  const hash = createHash("sha256")
    .update(JSON.stringify([environment, cluster, id]))
    .digest("hex")
    .slice(0, 12);
  return `drover-${name.slice(0, namedLength)}-${hash}`;
}
