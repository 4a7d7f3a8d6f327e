import type { ObjectEvent } from "../../common/domain/index.ts";
import type { KubeClient, LiveObject } from "../ports.ts";
import type { OwnedObject } from "../reconcile/index.ts";
import { type Belonging, belongings } from "./owned-pods.ts";

/** The newest; a cluster keeps more than anybody reads. */
const maximum = 500;

interface CoreEvent extends LiveObject {
  readonly metadata: LiveObject["metadata"] & { readonly creationTimestamp?: string };
  readonly involvedObject?: { readonly uid?: string };
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number | null;
  readonly firstTimestamp?: string | null;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string } | null;
  readonly source?: { readonly component?: string };
  readonly reportingComponent?: string;
}

/** Events of these objects and of what controllers made for them, oldest first. */
export async function events(
  kube: KubeClient,
  owned: readonly OwnedObject[],
  signal: AbortSignal,
): Promise<readonly ObjectEvent[]> {
  const found = await belongings(kube, owned, signal);
  const kind = await kube.kindOf("v1", "Event", { signal });
  // Those of objects without a namespace are told in this one.
  const namespaces = new Set([...found.values()].map(({ namespace }) => (namespace === "" ? "default" : namespace)));
  const told: ObjectEvent[] = [];
  for (const namespace of namespaces) {
    for (const event of (await kube.list(kind, { namespace, metadataOnly: false, signal })) as readonly CoreEvent[]) {
      const about = found.get(event.involvedObject?.uid ?? "");
      if (about !== undefined) told.push(asTold(event, about));
    }
  }
  return told.sort((left, right) => (left.lastSeen < right.lastSeen ? -1 : 1)).slice(-maximum);
}

function asTold(event: CoreEvent, { application, kind, namespace, name }: Belonging): ObjectEvent {
  const firstSeen = event.firstTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? "";
  return {
    application,
    kind,
    namespace,
    name,
    type: event.type ?? "",
    reason: event.reason ?? "",
    message: event.message ?? "",
    count: event.series?.count ?? event.count ?? 1,
    firstSeen,
    lastSeen: event.series?.lastObservedTime ?? event.lastTimestamp ?? firstSeen,
    from: event.source?.component || event.reportingComponent || "",
  };
}
