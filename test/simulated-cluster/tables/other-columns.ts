import { at, type KubeObject, listAt, numberAt, objectAt, scalarText, textAt } from "../json.ts";
import { age, ageOf, type Column, count, name, none, number, pairs, path, size, text } from "./column.ts";

function externalAddress(object: KubeObject): string {
  const type = textAt(object, "spec", "type");
  if (type === "ExternalName") return textAt(object, "spec", "externalName") ?? none;
  const addresses = listAt(object, "status", "loadBalancer", "ingress").map(
    (entry) => textAt(entry, "ip") ?? textAt(entry, "hostname") ?? "",
  );
  if (type === "LoadBalancer") return addresses.join(",") || "<pending>";
  return none;
}

function portText(object: KubeObject): string {
  const ports = listAt(object, "spec", "ports").map((port) => {
    const node = numberAt(port, "nodePort");
    return `${numberAt(port, "port")}${node === undefined ? "" : `:${node}`}/${textAt(port, "protocol") ?? "TCP"}`;
  });
  return ports.join(",") || none;
}

/** Columns of everything else, by Kind.key. */
export const otherColumns: Readonly<Record<string, readonly Column[]>> = {
  "/services": [
    name,
    path("Type", "spec", "type"),
    path("Cluster-IP", "spec", "clusterIP"),
    text("External-IP", externalAddress),
    text("Port(s)", portText),
    age,
    text("Selector", (object) => pairs(objectAt(object, "spec", "selector")), true),
  ],
  "/configmaps": [name, count("Data", (object) => size("data")(object) + size("binaryData")(object)), age],
  "/secrets": [name, path("Type", "type"), count("Data", size("data")), age],
  "/namespaces": [name, path("Status", "status", "phase"), age],
  "/nodes": [
    name,
    text("Status", (object) =>
      listAt(object, "status", "conditions").some(
        (entry) => textAt(entry, "type") === "Ready" && textAt(entry, "status") === "True",
      )
        ? "Ready"
        : "NotReady",
    ),
    text("Roles", () => none),
    age,
    path("Version", "status", "nodeInfo", "kubeletVersion"),
  ],
  "/persistentvolumeclaims": [
    name,
    path("Status", "status", "phase"),
    text("Volume", (object) => textAt(object, "spec", "volumeName") ?? ""),
    text("Capacity", (object) => textAt(object, "status", "capacity", "storage") ?? ""),
    text("Access Modes", (object) => listAt(object, "status", "accessModes").map(String).join(",")),
    text("StorageClass", (object) => textAt(object, "spec", "storageClassName") ?? ""),
    age,
  ],
  "/events": [
    text("Last Seen", (object, now) => ageOf(object["lastTimestamp"], now)),
    text("Type", (object) => textAt(object, "type") ?? ""),
    text("Reason", (object) => textAt(object, "reason") ?? ""),
    text(
      "Object",
      (object) =>
        `${(textAt(object, "involvedObject", "kind") ?? "").toLowerCase()}/${textAt(object, "involvedObject", "name") ?? ""}`,
    ),
    text("Message", (object) => textAt(object, "message") ?? ""),
  ],
  "/serviceaccounts": [name, count("Secrets", (object) => listAt(object, "secrets").length), age],
  "networking.k8s.io/ingresses": [
    name,
    path("Class", "spec", "ingressClassName"),
    text(
      "Hosts",
      (object) =>
        listAt(object, "spec", "rules")
          .map((rule) => textAt(rule, "host") ?? "*")
          .join(",") || "*",
    ),
    text("Address", (object) =>
      listAt(object, "status", "loadBalancer", "ingress")
        .map((entry) => textAt(entry, "ip") ?? "")
        .join(","),
    ),
    text("Ports", (object) => (listAt(object, "spec", "tls").length > 0 ? "80, 443" : "80")),
    age,
  ],
  "networking.k8s.io/networkpolicies": [
    name,
    text("Pod-Selector", (object) => pairs(objectAt(object, "spec", "podSelector", "matchLabels"))),
    age,
  ],
  "policy/poddisruptionbudgets": [
    name,
    text("Min Available", (object) => scalarText(at(object, "spec", "minAvailable") ?? "N/A")),
    text("Max Unavailable", (object) => scalarText(at(object, "spec", "maxUnavailable") ?? "N/A")),
    number("Allowed Disruptions", "status", "disruptionsAllowed"),
    age,
  ],
  "autoscaling/horizontalpodautoscalers": [
    name,
    text(
      "Reference",
      (object) =>
        `${textAt(object, "spec", "scaleTargetRef", "kind") ?? ""}/${textAt(object, "spec", "scaleTargetRef", "name") ?? ""}`,
    ),
    text("Targets", () => "<unknown>"),
    number("MinPods", "spec", "minReplicas"),
    number("MaxPods", "spec", "maxReplicas"),
    number("Replicas", "status", "currentReplicas"),
    age,
  ],
  "rbac.authorization.k8s.io/rolebindings": [name, roleColumn(), age],
  "rbac.authorization.k8s.io/clusterrolebindings": [name, roleColumn(), age],
  "rbac.authorization.k8s.io/roles": [name, created()],
  "rbac.authorization.k8s.io/clusterroles": [name, created()],
  "apiextensions.k8s.io/customresourcedefinitions": [name, created()],
};

function roleColumn(): Column {
  return text(
    "Role",
    (object) => `${textAt(object, "roleRef", "kind") ?? ""}/${textAt(object, "roleRef", "name") ?? ""}`,
  );
}

function created(): Column {
  return text("Created At", (object) => textAt(object, "metadata", "creationTimestamp") ?? "");
}
