import { isObject, type Json, type JsonObject, listAt, objectAt, textAt } from "../json.ts";

export function templateDefaults(template: JsonObject): JsonObject {
  return { ...template, spec: podSpecDefaults(objectAt(template, "spec")) };
}

function podSpecDefaults(spec: JsonObject): JsonObject {
  const account = textAt(spec, "serviceAccountName") ?? textAt(spec, "serviceAccount");
  return {
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    securityContext: {},
    schedulerName: "default-scheduler",
    ...spec,
    ...(account === undefined ? {} : { serviceAccountName: account, serviceAccount: account }),
    ...each(spec, "initContainers", container),
    ...each(spec, "containers", container),
    ...each(spec, "volumes", volume),
  };
}

function each(spec: JsonObject, field: string, complete: (item: JsonObject) => JsonObject): JsonObject {
  const items = listAt(spec, field);
  return items.length === 0 ? {} : { [field]: items.map((item) => (isObject(item) ? complete(item) : item)) };
}

function container(item: JsonObject): JsonObject {
  const image = textAt(item, "image") ?? "";
  const tag = image.includes("@") ? "digest" : (image.split("/").at(-1)?.split(":")[1] ?? "latest");
  return {
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    imagePullPolicy: tag === "latest" ? "Always" : "IfNotPresent",
    ...item,
    ...each(item, "env", environment),
    ...probe(item, "livenessProbe"),
    ...probe(item, "readinessProbe"),
    ...probe(item, "startupProbe"),
  };
}

function environment(item: JsonObject): JsonObject {
  const source = objectAt(item, "valueFrom", "fieldRef");
  if (Object.keys(source).length === 0) return item;
  return { ...item, valueFrom: { ...objectAt(item, "valueFrom"), fieldRef: { apiVersion: "v1", ...source } } };
}

function probe(item: JsonObject, field: string): JsonObject {
  const stated = item[field];
  if (!isObject(stated)) return {};
  const http = stated["httpGet"];
  const grpc = stated["grpc"];
  return {
    [field]: {
      timeoutSeconds: 1,
      periodSeconds: 10,
      successThreshold: 1,
      failureThreshold: 3,
      ...stated,
      ...(isObject(http) ? { httpGet: { path: "/", scheme: "HTTP", ...http } } : {}),
      ...(isObject(grpc) ? { grpc: { service: "", ...grpc } } : {}),
    },
  };
}

const fileSources = ["configMap", "secret", "downwardAPI", "projected"] as const;

function volume(item: JsonObject): JsonObject {
  const result: Record<string, Json> = { ...item };
  for (const source of fileSources) {
    const stated = item[source];
    if (isObject(stated)) result[source] = { defaultMode: 420, ...stated };
  }
  const host = item["hostPath"];
  if (isObject(host)) result["hostPath"] = { type: "", ...host };
  if (Object.keys(item).length === 1) result["emptyDir"] = {};
  return result;
}

/** Of pods themselves, not of templates: a limit is also the request where none is stated. */
export function podDefaults(spec: JsonObject): JsonObject {
  const complete = podSpecDefaults({ enableServiceLinks: true, ...spec });
  return { ...complete, ...each(complete, "initContainers", requests), ...each(complete, "containers", requests) };
}

function requests(item: JsonObject): JsonObject {
  const limits = objectAt(item, "resources", "limits");
  if (Object.keys(limits).length === 0) return item;
  const requested = { ...limits, ...objectAt(item, "resources", "requests") };
  return { ...item, resources: { ...objectAt(item, "resources"), requests: requested } };
}
