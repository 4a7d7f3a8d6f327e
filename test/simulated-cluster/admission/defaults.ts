import {
  at,
  isObject,
  type Json,
  type JsonObject,
  type KubeObject,
  listAt,
  objectAt,
  scalarText,
  textAt,
  withAt,
  without,
} from "../json.ts";
import type { Kind } from "../kinds.ts";
import { podDefaults, templateDefaults } from "./pod-defaults.ts";

/** Values the server fills in where the writer said nothing. */
export function withDefaults(kind: Kind, object: KubeObject): KubeObject {
  return kind.custom === undefined ? (defaults[kind.key]?.(object) ?? object) : object;
}

type Defaulter = (object: KubeObject) => KubeObject;

/** Sets the fields below `path` that are missing. */
function fill<T extends JsonObject>(object: T, path: readonly string[], values: JsonObject): T {
  const present = objectAt(object, ...path);
  const missing = Object.entries(values).filter(([field]) => present[field] === undefined);
  if (missing.length === 0) return object;
  const filled = { ...present, ...Object.fromEntries(missing) };
  return path.length === 0 ? (filled as T) : withAt(object, path, filled);
}

const podTemplate: Defaulter = (object) =>
  withAt(object, ["spec", "template"], templateDefaults(objectAt(object, "spec", "template")));

const deployment: Defaulter = (object) => {
  const filled = fill(podTemplate(object), ["spec"], {
    replicas: 1,
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
  });
  const typed = fill(filled, ["spec", "strategy"], { type: "RollingUpdate" });
  if (textAt(typed, "spec", "strategy", "type") !== "RollingUpdate") return typed;
  return fill(typed, ["spec", "strategy", "rollingUpdate"], { maxUnavailable: "25%", maxSurge: "25%" });
};

const statefulSet: Defaulter = (object) => {
  const filled = fill(podTemplate(object), ["spec"], {
    replicas: 1,
    revisionHistoryLimit: 10,
    podManagementPolicy: "OrderedReady",
    serviceName: "",
  });
  const retained = fill(filled, ["spec", "persistentVolumeClaimRetentionPolicy"], {
    whenDeleted: "Retain",
    whenScaled: "Retain",
  });
  const typed = fill(retained, ["spec", "updateStrategy"], { type: "RollingUpdate" });
  const claims = listAt(typed, "spec", "volumeClaimTemplates");
  const templates = claims
    .map((claim) => fill(isObject(claim) ? claim : {}, [], { apiVersion: "v1", kind: "PersistentVolumeClaim" }))
    .map((claim) => fill(fill(claim, ["spec"], { volumeMode: "Filesystem" }), ["status"], { phase: "Pending" }));
  const withClaims = claims.length === 0 ? typed : withAt(typed, ["spec", "volumeClaimTemplates"], templates);
  if (textAt(withClaims, "spec", "updateStrategy", "type") !== "RollingUpdate") return withClaims;
  return fill(withClaims, ["spec", "updateStrategy", "rollingUpdate"], { partition: 0 });
};

const daemonSet: Defaulter = (object) => {
  const filled = fill(podTemplate(object), ["spec"], { revisionHistoryLimit: 10 });
  const typed = fill(filled, ["spec", "updateStrategy"], { type: "RollingUpdate" });
  if (textAt(typed, "spec", "updateStrategy", "type") !== "RollingUpdate") return typed;
  return fill(typed, ["spec", "updateStrategy", "rollingUpdate"], { maxUnavailable: 1, maxSurge: 0 });
};

const job: Defaulter = (object) => {
  const spec = objectAt(object, "spec");
  const once = spec["completions"] === undefined && spec["parallelism"] === undefined ? { completions: 1 } : {};
  return fill(podTemplate(object), ["spec"], {
    ...once,
    parallelism: 1,
    backoffLimit: 6,
    completionMode: "NonIndexed",
    suspend: false,
    podReplacementPolicy: "TerminatingOrFailed",
  });
};

const cronJob: Defaulter = (object) => {
  const path = ["spec", "jobTemplate", "spec", "template"];
  return fill(withAt(object, path, templateDefaults(objectAt(object, ...path))), ["spec"], {
    concurrencyPolicy: "Allow",
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
  });
};

const service: Defaulter = (object) => {
  const type = textAt(object, "spec", "type") ?? "ClusterIP";
  const filled = fill(object, ["spec"], { type, sessionAffinity: "None" });
  if (type === "ExternalName") return filled;
  const ports = listAt(filled, "spec", "ports").map((port) =>
    isObject(port) ? fill(port, [], { targetPort: port["port"] ?? 0 }) : port,
  );
  const external = type === "LoadBalancer" || type === "NodePort" ? { externalTrafficPolicy: "Cluster" } : {};
  const balancer = type === "LoadBalancer" ? { allocateLoadBalancerNodePorts: true } : {};
  return fill(ports.length === 0 ? filled : withAt(filled, ["spec", "ports"], ports), ["spec"], {
    ...external,
    ...balancer,
    internalTrafficPolicy: "Cluster",
  });
};

/** Moves stringData into data. */
const secret: Defaulter = (object) => {
  const texts = objectAt(object, "stringData");
  const encoded = Object.entries(texts).map(([key, text]) => [key, Buffer.from(scalarText(text)).toString("base64")]);
  const filled = fill(without(object, "stringData"), [], { type: "Opaque" });
  return encoded.length === 0
    ? filled
    : withAt(filled, ["data"], { ...objectAt(object, "data"), ...Object.fromEntries(encoded) });
};

const bindingDefaults: Defaulter = (object) => {
  const subjects = listAt(object, "subjects").map((subject) => {
    if (!isObject(subject)) return subject;
    return textAt(subject, "kind") === "ServiceAccount"
      ? subject
      : fill(subject, [], { apiGroup: "rbac.authorization.k8s.io" });
  });
  const filled = fill(object, ["roleRef"], { apiGroup: "rbac.authorization.k8s.io" });
  return subjects.length === 0 ? filled : withAt(filled, ["subjects"], subjects);
};

const webhooks =
  (extra: JsonObject): Defaulter =>
  (object) => {
    const list = listAt(object, "webhooks").map((hook) => {
      if (!isObject(hook)) return hook;
      const rules = listAt(hook, "rules").map((rule) => (isObject(rule) ? fill(rule, [], { scope: "*" }) : rule));
      const filled = fill(hook, [], {
        failurePolicy: "Fail",
        matchPolicy: "Equivalent",
        namespaceSelector: {},
        objectSelector: {},
        timeoutSeconds: 10,
        ...extra,
      });
      const ported =
        at(filled, "clientConfig", "service") === undefined
          ? filled
          : fill(filled, ["clientConfig", "service"], { port: 443 });
      return rules.length === 0 ? ported : { ...ported, rules };
    });
    return list.length === 0 ? object : withAt(object, ["webhooks"], list);
  };

const customResourceDefinition: Defaulter = (object) => {
  const kind = textAt(object, "spec", "names", "kind") ?? "";
  const named = fill(object, ["spec", "names"], { singular: kind.toLowerCase(), listKind: `${kind}List` });
  return fill(named, ["spec", "conversion"], { strategy: "None" });
};

const networkPolicy: Defaulter = (object) => {
  const egress = at(object, "spec", "egress") === undefined ? [] : ["Egress"];
  const filled = fill(object, ["spec"], { policyTypes: ["Ingress", ...egress] });
  return ["ingress", "egress"].reduce((policy, direction) => {
    const rules = listAt(policy, "spec", direction);
    return rules.length === 0 ? policy : withAt(policy, ["spec", direction], rules.map(withProtocols));
  }, filled);
};

function withProtocols(rule: Json): Json {
  const ports = listAt(rule, "ports").map((port) => (isObject(port) ? fill(port, [], { protocol: "TCP" }) : port));
  return isObject(rule) && ports.length > 0 ? { ...rule, ports } : rule;
}

const claim: Defaulter = (object) => fill(object, ["spec"], { volumeMode: "Filesystem" });

const defaults: Readonly<Record<string, Defaulter>> = {
  "/namespaces": (object) =>
    fill(object, ["metadata", "labels"], { "kubernetes.io/metadata.name": object.metadata.name }),
  "/pods": (object) => withAt(object, ["spec"], podDefaults(objectAt(object, "spec"))),
  "/secrets": secret,
  "/services": service,
  "/persistentvolumeclaims": claim,
  "/persistentvolumes": (object) =>
    fill(object, ["spec"], { persistentVolumeReclaimPolicy: "Retain", volumeMode: "Filesystem" }),
  "/replicationcontrollers": podTemplate,
  "apps/deployments": deployment,
  "apps/replicasets": (object) => fill(podTemplate(object), ["spec"], { replicas: 1 }),
  "apps/statefulsets": statefulSet,
  "apps/daemonsets": daemonSet,
  "batch/jobs": job,
  "batch/cronjobs": cronJob,
  "rbac.authorization.k8s.io/rolebindings": bindingDefaults,
  "rbac.authorization.k8s.io/clusterrolebindings": bindingDefaults,
  "networking.k8s.io/networkpolicies": networkPolicy,
  "autoscaling/horizontalpodautoscalers": (object) => fill(object, ["spec"], { minReplicas: 1 }),
  "storage.k8s.io/storageclasses": (object) =>
    fill(object, [], { reclaimPolicy: "Delete", volumeBindingMode: "Immediate" }),
  "scheduling.k8s.io/priorityclasses": (object) => fill(object, [], { preemptionPolicy: "PreemptLowerPriority" }),
  "admissionregistration.k8s.io/validatingwebhookconfigurations": webhooks({}),
  "admissionregistration.k8s.io/mutatingwebhookconfigurations": webhooks({ reinvocationPolicy: "Never" }),
  "apiextensions.k8s.io/customresourcedefinitions": customResourceDefinition,
};

const initialStatuses: Readonly<Record<string, Json>> = {
  "/namespaces": { phase: "Active" },
  "/persistentvolumeclaims": { phase: "Pending" },
  "/persistentvolumes": { phase: "Pending" },
  "/pods": { phase: "Pending" },
  "/services": { loadBalancer: {} },
  "apps/statefulsets": { replicas: 0, availableReplicas: 0 },
  "networking.k8s.io/ingresses": { loadBalancer: {} },
  "policy/poddisruptionbudgets": { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 },
};

/** What a status starts as. */
export function initialStatus(kind: Kind): Json | undefined {
  return initialStatuses[kind.key];
}
