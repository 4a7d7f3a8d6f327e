import { isObject, type Json, type KubeObject, listAt, objectAt, textAt, withAt } from "../json.ts";
import type { Kind } from "../kinds.ts";

/** Fields of a new object that the server chooses: a Service's addresses, a Job's selector, a Namespace's finalizer. */
export function withChosenFields(kind: Kind, clusterIp: () => string, object: KubeObject): KubeObject {
  if (kind.key === "/services") return withAddresses(object, clusterIp);
  if (kind.key === "/namespaces") return withAt(object, ["spec"], { finalizers: ["kubernetes"] });
  return kind.key === "batch/jobs" ? withJobSelector(object) : object;
}

function withAddresses(object: KubeObject, clusterIp: () => string): KubeObject {
  const type = textAt(object, "spec", "type");
  if (type === "ExternalName") return object;
  const address = textAt(object, "spec", "clusterIP") || clusterIp();
  const stated = objectAt(object, "spec");
  const family = { ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack" };
  const spec = { ...family, ...stated, clusterIP: address, clusterIPs: [address] };
  if (type !== "LoadBalancer" && type !== "NodePort") return withAt(object, ["spec"], spec);
  // Node ports follow from the address, which is unique.
  const [third = 0, fourth = 0] = address.split(".").slice(2).map(Number);
  const first = 30_000 + (((third * 256 + fourth) * 4) % 2700);
  const ports = listAt(object, "spec", "ports").map(
    (port, index): Json => (isObject(port) ? { nodePort: first + index, ...port } : port),
  );
  return withAt(object, ["spec"], { ...spec, ports });
}

function withJobSelector(object: KubeObject): KubeObject {
  if (objectAt(object, "spec")["manualSelector"] === true) return object;
  const uid = textAt(object, "metadata", "uid") ?? "";
  const { name } = object.metadata;
  const labels = {
    "batch.kubernetes.io/controller-uid": uid,
    "batch.kubernetes.io/job-name": name,
    "controller-uid": uid,
    "job-name": name,
  };
  const template = ["spec", "template", "metadata", "labels"];
  const labelled = withAt(object, template, { ...objectAt(object, ...template), ...labels });
  const selector = { matchLabels: { "batch.kubernetes.io/controller-uid": uid } };
  const spec = { ...objectAt(labelled, "spec"), manualSelector: false, selector };
  return withAt(withAt(labelled, ["spec"], spec), ["metadata", "labels"], {
    ...objectAt(object, "metadata", "labels"),
    ...labels,
  });
}
