import { toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { KubeClient, LiveObject } from "../ports.ts";

const lines = 10;
const maxLineLength = 500;

/** What the Job's newest pod said last; nothing when that cannot be read, which never changes a verdict. */
export async function lastLines(
  { kube, log }: { readonly kube: KubeClient; readonly log: Logger },
  job: LiveObject,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { name, namespace = "" } = job.metadata;
  try {
    const kind = await kube.kindOf("v1", "Pod", { signal });
    const labelSelector = `batch.kubernetes.io/job-name=${name}`;
    const pods = await kube.list(kind, { namespace, labelSelector, metadataOnly: false, signal });
    const newest = [...pods].sort((left, right) => (createdAt(left) < createdAt(right) ? -1 : 1)).at(-1);
    const container = newest === undefined ? undefined : firstContainer(newest);
    if (newest === undefined || container === undefined) return [];
    const pieces: Buffer[] = [];
    const options = { container, follow: false, previous: false, tail: lines, sinceSeconds: 0, signal };
    for await (const piece of kube.logs(namespace, newest.metadata.name, options)) pieces.push(piece);
    const text = Buffer.concat(pieces).toString("utf8").trimEnd();
    return text === "" ? [] : text.split("\n").map((line) => line.slice(0, maxLineLength));
  } catch (thrown) {
    signal.throwIfAborted();
    log.info({ job: name, namespace, reason: toAppError(thrown).message }, "Cannot read the log of a gate's Job");
    return [];
  }
}

function createdAt({ metadata }: LiveObject): string {
  return (metadata["creationTimestamp"] as string | undefined) ?? "";
}

function firstContainer(pod: LiveObject): string | undefined {
  const spec = pod["spec"] as { readonly containers?: readonly { readonly name: string }[] } | undefined;
  return spec?.containers?.[0]?.name;
}
