import type { LogOptions } from "../ports.ts";
import { objectPath, withQuery } from "./paths.ts";
import { type Transport, transportError } from "./transport.ts";

const pods = { apiVersion: "v1", kind: "Pod", plural: "pods", namespaced: true };
/** Of a log that is not followed: the kubelet reads a file. */
const silenceMs = 60_000;

export async function* podLogs(
  transport: Transport,
  namespace: string,
  pod: string,
  options: LogOptions,
): AsyncGenerator<Buffer> {
  const { container, follow, previous, tail, sinceSeconds, sinceTime, timestamps = false, signal } = options;
  const path = withQuery(`${objectPath(pods, namespace, pod)}/log`, {
    container,
    ...(follow ? { follow } : {}),
    ...(previous ? { previous } : {}),
    ...(tail > 0 ? { tailLines: tail } : {}),
    ...(sinceSeconds > 0 ? { sinceSeconds } : {}),
    ...(sinceTime === undefined ? {} : { sinceTime }),
    ...(timestamps ? { timestamps } : {}),
  });
  const request = {
    verb: "logs",
    path,
    accept: "*/*",
    doing: `read the log of Pod ${namespace}/${pod}`,
    signal,
  } as const;
  // A container may be silent for days.
  const body = await transport.open(request, follow ? 0 : silenceMs);
  try {
    for await (const piece of body) yield piece as Buffer;
  } catch (thrown) {
    throw transportError(request, thrown);
  }
}
