import { gateJobLabel, type JobOrder, type JobQuestion, type JobReport } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { AgentIdentity, KindInfo, KubeClient, LiveObject } from "../ports.ts";
import { lastLines } from "./last-lines.ts";
import { outcomeOf } from "./outcome.ts";
import { verifyOrder } from "./verify-order.ts";

const fieldManager = "drover-gate";

export interface JobDependencies {
  readonly kube: KubeClient;
  readonly identity: () => AgentIdentity;
  /** False: the cluster's operator wants no Jobs of gates here. */
  readonly jobsAllowed: boolean;
  readonly logsAllowed: boolean;
  readonly log: Logger;
}

/**
 * Makes the Job unless it is there, and tells how it goes to its end. Its name stands for one attempt at a gate, so that whoever
 * asks again after a crash, on either side, hears of the same Job. Kubernetes ends it when it takes too long and removes it
 * some time after its end, whether anybody listens or not.
 */
export async function* runJob(
  dependencies: JobDependencies,
  question: JobQuestion,
  { signal }: { readonly signal: AbortSignal },
): AsyncGenerator<JobReport> {
  const { kube, log } = dependencies;
  const order = verifyOrder(question, dependencies.identity());
  if (!dependencies.jobsAllowed) {
    throw new AppError(
      "PERMISSION_DENIED",
      "Jobs of gates are switched off on this cluster: its agent runs with --gate-jobs off",
    );
  }
  const kind = await kube.kindOf("batch/v1", "Job", { signal });
  if (order.stop) {
    yield await stop(kube, kind, order, signal);
    return;
  }
  const { uid } = (await make(kube, kind, order, signal)).metadata;
  const { name, namespace = "" } = order.job.metadata;
  log.info({ environment: order.environment, namespace, job: name, uid }, "a gate's Job runs");
  let told = "";
  const watching = { namespace, fieldSelector: `metadata.name=${name}`, metadataOnly: false, signal };
  for await (const event of kube.watch(kind, watching)) {
    const seen = event.type === "listed" ? event.objects[0] : event.type === "changed" ? event.object : undefined;
    // A list may be older than what was made: only the object itself says that it is gone.
    const job = seen?.metadata.uid === uid ? seen : await kube.get(kind, namespace, name, { signal });
    if (job?.metadata.uid !== uid) {
      yield { state: "failed", message: "the Job was deleted before it had ended", log: [] };
      return;
    }
    const { state, message } = outcomeOf(job);
    if (state !== "running") {
      yield { state, message, log: dependencies.logsAllowed ? await lastLines(dependencies, job, signal) : [] };
      return;
    }
    if (message !== told) yield { state, message, log: [] };
    told = message;
  }
  signal.throwIfAborted();
}

async function make(kube: KubeClient, kind: KindInfo, { job }: JobOrder, signal: AbortSignal): Promise<LiveObject> {
  const { name, namespace = "" } = job.metadata;
  const there = await kube.get(kind, namespace, name, { signal });
  if (there === undefined) return kube.apply(kind, job, { fieldManager, force: false, signal });
  if (isOurs(there)) return there;
  throw new AppError("ALREADY_EXISTS", `A Job "${namespace}/${name}" is there already and is no gate's: delete it`);
}

async function stop(kube: KubeClient, kind: KindInfo, { job }: JobOrder, signal: AbortSignal): Promise<JobReport> {
  const { name, namespace = "" } = job.metadata;
  const there = await kube.get(kind, namespace, name, { signal });
  // What it ended with is kept for whoever wants to know, until its time is over.
  if (there === undefined || !isOurs(there) || outcomeOf(there).state !== "running") {
    return { state: "failed", message: "there is nothing to stop", log: [] };
  }
  await kube.delete(kind, namespace, name, { uid: there.metadata.uid, signal });
  return { state: "failed", message: "stopped", log: [] };
}

function isOurs({ metadata }: LiveObject): boolean {
  return metadata.labels?.[gateJobLabel] !== undefined;
}
