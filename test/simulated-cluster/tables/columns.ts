import { at, isObject, type Json, type KubeObject, listAt, numberAt, objectAt, textAt } from "../json.ts";
import type { Kind } from "../kinds.ts";
import { ageText } from "./age.ts";
import { podStatus } from "./pod-status.ts";
import type { Column } from "./table.ts";

const none = "<none>";

function ageOf(value: Json | undefined, now: number): string {
  return typeof value === "string" ? ageText(now - Date.parse(value)) : "<unknown>";
}

const name: Column = { name: "Name", type: "string", value: (object) => object.metadata.name };
const age: Column = {
  name: "Age",
  type: "string",
  value: (object, now) => ageOf(object.metadata["creationTimestamp"], now),
};

type Value = (object: KubeObject, now: number) => Json;
const text = (label: string, value: Value, wide = false): Column => ({ name: label, type: "string", wide, value });
const count = (label: string, value: Value): Column => ({ name: label, type: "integer", value });
const path = (label: string, ...steps: string[]) => text(label, (object) => textAt(object, ...steps) ?? none);
const number = (label: string, ...steps: string[]) => count(label, (object) => numberAt(object, ...steps) ?? 0);
const size = (field: string) => (object: KubeObject) => Object.keys(objectAt(object, field)).length;

const containers = (object: KubeObject) => listAt(object, "spec", "template", "spec", "containers");
const wideContainers: readonly Column[] = [
  text(
    "Containers",
    (object) =>
      containers(object)
        .map((container) => textAt(container, "name") ?? "")
        .join(","),
    true,
  ),
  text(
    "Images",
    (object) =>
      containers(object)
        .map((container) => textAt(container, "image") ?? "")
        .join(","),
    true,
  ),
];
const selector = text("Selector", (object) => pairs(objectAt(object, "spec", "selector", "matchLabels")), true);

function pairs(labels: Readonly<Record<string, Json>>): string {
  const listed = Object.entries(labels).map(([key, value]) => `${key}=${String(value)}`);
  return listed.length === 0 ? none : listed.sort().join(",");
}

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

function jobStatus(object: KubeObject): string {
  const condition = (type: string) =>
    listAt(object, "status", "conditions").some(
      (entry) => textAt(entry, "type") === type && textAt(entry, "status") === "True",
    );
  if (condition("Complete")) return "Complete";
  if (condition("Failed")) return "Failed";
  return condition("Suspended") ? "Suspended" : "Running";
}

const ready = text(
  "Ready",
  (object) => `${numberAt(object, "status", "readyReplicas") ?? 0}/${numberAt(object, "spec", "replicas") ?? 0}`,
);

const columns: Readonly<Record<string, readonly Column[]>> = {
  "/pods": [
    name,
    text("Ready", (object) => {
      const statuses = listAt(object, "status", "containerStatuses");
      return `${statuses.filter((status) => at(status, "ready") === true).length}/${listAt(object, "spec", "containers").length}`;
    }),
    text("Status", podStatus),
    text("Restarts", () => "0"),
    age,
    text("IP", (object) => textAt(object, "status", "podIP") ?? none, true),
    text("Node", (object) => textAt(object, "spec", "nodeName") ?? none, true),
    text("Nominated Node", () => none, true),
    text("Readiness Gates", () => none, true),
  ],
  "apps/deployments": [
    name,
    ready,
    number("Up-to-date", "status", "updatedReplicas"),
    number("Available", "status", "availableReplicas"),
    age,
    ...wideContainers,
    selector,
  ],
  "apps/replicasets": [
    name,
    number("Desired", "spec", "replicas"),
    number("Current", "status", "replicas"),
    number("Ready", "status", "readyReplicas"),
    age,
    ...wideContainers,
    selector,
  ],
  "apps/statefulsets": [name, ready, age, ...wideContainers],
  "apps/daemonsets": [
    name,
    number("Desired", "status", "desiredNumberScheduled"),
    number("Current", "status", "currentNumberScheduled"),
    number("Ready", "status", "numberReady"),
    number("Up-to-date", "status", "updatedNumberScheduled"),
    number("Available", "status", "numberAvailable"),
    text("Node Selector", (object) => pairs(objectAt(object, "spec", "template", "spec", "nodeSelector"))),
    age,
    ...wideContainers,
    selector,
  ],
  "batch/jobs": [
    name,
    text("Status", jobStatus),
    text(
      "Completions",
      (object) => `${numberAt(object, "status", "succeeded") ?? 0}/${numberAt(object, "spec", "completions") ?? 1}`,
    ),
    text("Duration", (object, now) => {
      const start = textAt(object, "status", "startTime");
      const end = textAt(object, "status", "completionTime");
      return start === undefined ? "" : ageText((end === undefined ? now : Date.parse(end)) - Date.parse(start));
    }),
    age,
    ...wideContainers,
  ],
  "batch/cronjobs": [
    name,
    path("Schedule", "spec", "schedule"),
    path("Timezone", "spec", "timeZone"),
    text("Suspend", (object) => (at(object, "spec", "suspend") === true ? "True" : "False")),
    count("Active", (object) => listAt(object, "status", "active").length),
    text("Last Schedule", (object, now) => {
      const last = at(object, "status", "lastScheduleTime");
      return last === undefined ? none : ageOf(last, now);
    }),
    age,
  ],
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
    text("Min Available", (object) => String(at(object, "spec", "minAvailable") ?? "N/A")),
    text("Max Unavailable", (object) => String(at(object, "spec", "maxUnavailable") ?? "N/A")),
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

export function columnsOf(kind: Kind): readonly Column[] {
  const declared = kind.custom?.columns.map(customColumn) ?? [];
  if (declared.length > 0) return [name, ...declared];
  return columns[kind.key] ?? [name, age];
}

const types = ["string", "integer", "date", "number", "boolean"] as const;

/** A CRD's `additionalPrinterColumns` entry. Paths of plain fields are understood, and indexes. */
function customColumn(declared: Json): Column {
  const steps = (textAt(declared, "jsonPath") ?? "").split(/[.[\]]/).filter((step) => step !== "");
  const type = types.find((known) => known === textAt(declared, "type")) ?? "string";
  return {
    name: textAt(declared, "name") ?? "",
    type,
    wide: (numberAt(declared, "priority") ?? 0) > 0,
    value(object, now) {
      let value: Json | undefined = object;
      for (const step of steps)
        value = Array.isArray(value)
          ? (value as readonly Json[])[Number(step)]
          : isObject(value)
            ? value[step]
            : undefined;
      if (type === "date") return value === undefined ? "" : ageOf(value, now);
      return isObject(value) || Array.isArray(value) ? JSON.stringify(value) : (value ?? "");
    },
  };
}
