import { invalid } from "../api-error.ts";
import {
  at,
  equal,
  isObject,
  type Json,
  type JsonObject,
  type KubeObject,
  listAt,
  numberAt,
  objectAt,
  withAt,
  without,
} from "../json.ts";
import type { Kind } from "../kinds.ts";
import { withCustomDefaults } from "../schema/custom.ts";
import { withManagers } from "../ssa/managed-fields.ts";
import { applied, updated, type Writer } from "../ssa/track.ts";
import { checkSchema } from "./check-schema.ts";
import { conform, emptyObject, withZeroCounters } from "./conform.ts";
import { withDefaults } from "./defaults.ts";
import { validateUpdate } from "./immutable.ts";
import { validate } from "./validate.ts";
import type { WriteOptions } from "./write-options.ts";

export interface Change {
  /** The live object itself when nothing changed. */
  readonly object: KubeObject;
  readonly generation: number | undefined;
  readonly warnings: readonly string[];
}

/** Built-in kinds that count generations. */
const counted = new Set(
  [
    "/pods /replicationcontrollers apps/deployments apps/replicasets apps/statefulsets apps/daemonsets batch/jobs batch/cronjobs",
    "networking.k8s.io/ingresses networking.k8s.io/ingressclasses networking.k8s.io/networkpolicies policy/poddisruptionbudgets",
    "apiextensions.k8s.io/customresourcedefinitions scheduling.k8s.io/priorityclasses discovery.k8s.io/endpointslices",
    "admissionregistration.k8s.io/validatingwebhookconfigurations admissionregistration.k8s.io/mutatingwebhookconfigurations",
    "admissionregistration.k8s.io/validatingadmissionpolicies",
    "admissionregistration.k8s.io/validatingadmissionpolicybindings",
  ].flatMap((line) => line.split(" ")),
);

export function created(kind: Kind, body: KubeObject, options: WriteOptions): Change {
  const warnings = checkSchema(kind, body, options);
  const clean = withoutSystemFields(body);
  const writer = writerOf(kind, options);
  const base = { ...(kind.custom === undefined ? emptyObject(kind.type) : {}), metadata: {} };
  const ignored = ignoredFields(kind, options);
  const owned =
    options.apply === true
      ? complete(kind, applied(kind.type, undefined, clean, writer, { force: true, ignored }))
      : updated(kind.type, { ...base, apiVersion: kind.apiVersion, kind: kind.kind }, complete(kind, clean), writer, {
          ignored,
        });
  const causes = validate(kind, owned);
  if (causes.length > 0) throw invalid(kind, owned.metadata.name, causes);
  const counts = kind.custom !== undefined || counted.has(kind.key);
  return { object: owned, generation: counts ? 1 : undefined, warnings };
}

export function changed(kind: Kind, live: KubeObject, body: KubeObject, options: WriteOptions): Change {
  const warnings = checkSchema(kind, body, options);
  const writer = writerOf(kind, options);
  const ignored = ignoredFields(kind, options);
  const version = { apiVersion: kind.apiVersion };
  const current: KubeObject = { ...live, ...version };
  const merged =
    options.apply === true
      ? complete(
          kind,
          applied(kind.type, current, withoutSystemFields(body), writer, { force: options.force === true, ignored }),
        )
      : updated(kind.type, current, complete(kind, restricted(kind, current, body, options)), writer, {
          ignored,
          untimed: options.subresource === "scale",
        });
  const next = withSystemFields(kind, current, restricted(kind, current, merged, options), options);
  const kept = withFormerChoices(kind, current, next);
  const causes = [...validate(kind, kept), ...validateUpdate(kind, current, kept)];
  if (causes.length > 0) throw invalid(kind, live.metadata.name, causes);
  if (sameButTimes(current, kept)) return { object: live, generation: undefined, warnings };
  return { object: kept, generation: undefined, warnings };
}

function writerOf(kind: Kind, { writer, subresource }: WriteOptions): Writer {
  return { ...writer, apiVersion: kind.apiVersion, subresource };
}

/** Top-level fields that a request through this endpoint cannot write. */
function ignoredFields(kind: Kind, { subresource }: WriteOptions): string[] {
  if (subresource === "status") return kind.custom === undefined ? ["spec"] : ["spec", "metadata"];
  return kind.hasStatus ? ["status"] : [];
}

/** Keeps of the body only what the endpoint may write. */
function restricted(kind: Kind, live: KubeObject, body: KubeObject, { subresource }: WriteOptions): KubeObject {
  if (subresource === "status") {
    const { managedFields, annotations } = body.metadata;
    const managed = withAt(live, ["metadata", "managedFields"], managedFields);
    // Controllers of built-in kinds write annotations through the status endpoint.
    const kept = kind.custom === undefined ? withAt(managed, ["metadata", "annotations"], annotations) : managed;
    return withAt(kept, ["status"], body["status"]);
  }
  return kind.hasStatus ? withAt(body, ["status"], live["status"]) : body;
}

function complete(kind: Kind, object: KubeObject): KubeObject {
  if (kind.custom !== undefined) {
    const { metadata, ...rest } = object;
    const defaulted = withCustomDefaults(kind.custom.schema, rest) as JsonObject;
    return conform(kind.type, { ...defaulted, metadata }) as KubeObject;
  }
  const conformed = conform(kind.type, withDefaults(kind, conform(kind.type, object) as KubeObject)) as KubeObject;
  const status = withZeroCounters(kind.type.fields.get("status")?.node(), conformed["status"]);
  return status === conformed["status"] ? conformed : withAt(conformed, ["status"], status);
}

function withoutSystemFields(body: KubeObject): KubeObject {
  const fields = [
    "uid",
    "creationTimestamp",
    "resourceVersion",
    "generation",
    "selfLink",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "managedFields",
  ];
  return { ...body, metadata: without(body.metadata, ...fields) };
}

/** The server's own metadata, whatever the writer sent; the generation counts changes of what is desired. */
function withSystemFields(kind: Kind, live: KubeObject, next: KubeObject, { subresource }: WriteOptions): KubeObject {
  const metadata: Record<string, Json> = { ...next.metadata };
  for (const field of [
    "uid",
    "creationTimestamp",
    "resourceVersion",
    "generation",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
  ]) {
    const value = live.metadata[field];
    if (value === undefined) delete metadata[field];
    else metadata[field] = value;
  }
  const { generation } = live.metadata;
  if (typeof generation === "number" && subresource !== "status" && desiredChanged(kind, live, next)) {
    metadata["generation"] = generation + 1;
  }
  return { ...next, metadata: metadata as KubeObject["metadata"] };
}

function desiredChanged(kind: Kind, live: KubeObject, next: KubeObject): boolean {
  if (kind.key === "apps/deployments" && !equal(live.metadata["annotations"], next.metadata["annotations"]))
    return true;
  const ignored = kind.hasStatus ? ["metadata", "status", "apiVersion"] : ["metadata", "apiVersion"];
  return !equal(without(live, ...ignored), without(next, ...ignored));
}

/** What the server chose at creation stays when a writer says nothing of it. */
function withFormerChoices(kind: Kind, live: KubeObject, next: KubeObject): KubeObject {
  if (kind.key === "/namespaces") return withFormerFinalizers(live, next);
  if (kind.key !== "/services") return next;
  const before = objectAt(live, "spec");
  const after = objectAt(next, "spec");
  if (after["type"] === "ExternalName" || before["clusterIP"] === undefined) return next;
  const addresses =
    after["clusterIP"] === undefined ? { clusterIP: before["clusterIP"], clusterIPs: before["clusterIPs"] ?? [] } : {};
  if (after["type"] === "ClusterIP") return withAt(next, ["spec"], { ...after, ...addresses });
  const ports = listAt(after, "ports").map((port): Json => {
    const same = listAt(before, "ports").find((other) => numberAt(other, "port") === numberAt(port, "port"));
    const nodePort = numberAt(same, "nodePort");
    return isObject(port) && nodePort !== undefined ? { nodePort, ...port } : port;
  });
  return withAt(next, ["spec"], { ...after, ...addresses, ...(ports.length === 0 ? {} : { ports }) });
}

/** The finalizer of a namespace goes only when it is emptied. */
function withFormerFinalizers(live: KubeObject, next: KubeObject): KubeObject {
  if (at(next, "spec", "finalizers") !== undefined) return next;
  return withAt(next, ["spec"], { ...objectAt(next, "spec"), finalizers: listAt(live, "spec", "finalizers") });
}

/** A write that would only move the times of managedFields is no write. */
function sameButTimes(live: KubeObject, next: KubeObject): boolean {
  const untimed = (object: KubeObject) =>
    listAt(object, "metadata", "managedFields").map((entry) => without(entry as JsonObject, "time"));
  return equal(untimed(live), untimed(next)) && equal(withManagers(live, []), withManagers(next, []));
}
