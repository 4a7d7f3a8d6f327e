import type { KubeClient } from "../../agent/ports.ts";
import type { Manifest } from "../../common/domain/index.ts";
import type { ClusterHandle } from "./kube-cluster.ts";
import { edit } from "./reconciler-objects.ts";

export function withAnnotations(manifest: Manifest, annotations: Readonly<Record<string, string>>): Manifest {
  const merged = { ...manifest.metadata.annotations, ...annotations };
  return { ...manifest, metadata: { ...manifest.metadata, annotations: merged } };
}

export function inWave(wave: number, manifest: Manifest): Manifest {
  return withAnnotations(manifest, { "argocd.argoproj.io/sync-wave": String(wave) });
}

export interface JobHook {
  readonly policy?: string;
  readonly image?: string;
  readonly wave?: number;
  readonly ttlSeconds?: number;
  readonly timeout?: string;
}

/** A Job that is a hook by Argo CD's annotations. */
export function hookJob(namespace: string, name: string, phases: string, options: JobHook = {}): Manifest {
  const { policy, image = "registry.invalid/job:1", wave, ttlSeconds, timeout } = options;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name,
      namespace,
      annotations: {
        "argocd.argoproj.io/hook": phases,
        ...(policy === undefined ? {} : { "argocd.argoproj.io/hook-delete-policy": policy }),
        ...(wave === undefined ? {} : { "argocd.argoproj.io/sync-wave": String(wave) }),
        ...(timeout === undefined ? {} : { "drover.dev/hook-timeout": timeout }),
      },
    },
    spec: {
      ...(ttlSeconds === undefined ? {} : { ttlSecondsAfterFinished: ttlSeconds }),
      backoffLimit: 0,
      template: { spec: { restartPolicy: "Never", containers: [{ name: "job", image }] } },
    },
  };
}

/** What the Job's controller says when its pods are done. */
export async function endJob(cluster: ClusterHandle, job: Manifest, end: "Complete" | "Failed"): Promise<void> {
  const at = "2026-01-01T00:00:00Z";
  const isComplete = end === "Complete";
  const explained = isComplete
    ? { reason: "CompletionsReached", message: "Reached expected number of succeeded pods" }
    : { reason: "BackoffLimitExceeded", message: "Job has reached the specified backoff limit" };
  const condition = (type: string) => ({
    type,
    status: "True",
    ...explained,
    lastTransitionTime: at,
    lastProbeTime: at,
  });
  const status = {
    startTime: at,
    ...(isComplete ? { completionTime: at, succeeded: 1 } : { failed: 1 }),
    conditions: [condition(isComplete ? "SuccessCriteriaMet" : "FailureTarget"), condition(end)],
  };
  await edit(cluster, job, { status }, "kube-controller-manager", "/status");
}

/** Whether a Job that is there has ended; undefined when there is none. */
export function hasEnded(job: Manifest | undefined): boolean | undefined {
  if (job === undefined || job.metadata["deletionTimestamp"] !== undefined) return undefined;
  const { conditions = [] } = (job["status"] ?? {}) as { conditions?: readonly object[] };
  return conditions.length > 0;
}

/** Deletes it; its pods are left to a controller that need not run. */
export async function takeJob(cluster: ClusterHandle, { metadata }: Manifest): Promise<void> {
  const path = `/apis/batch/v1/namespaces/${metadata.namespace}/jobs/${metadata.name}?propagationPolicy=Background`;
  const { status, body } = await cluster.raw("DELETE", path);
  if (status !== 200) throw new Error(`Cannot delete Job ${metadata.name}: ${JSON.stringify(body)}`);
}

/** Notes in which order an application's objects are written, hooks included: "ConfigMap a". */
export function notingWrites(order: string[]): (kube: KubeClient) => KubeClient {
  return (kube) => ({
    ...kube,
    async apply(kind, object, options) {
      const live = await kube.apply(kind, object, options);
      const isOwn = object.metadata.namespace === "drover-system" || object.metadata.name === "drover-system";
      if (!isOwn && options.dryRun !== true) order.push(`${object.kind} ${object.metadata.name}`);
      return live;
    },
  });
}
