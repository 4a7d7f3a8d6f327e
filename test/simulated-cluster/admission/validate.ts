import { type Cause, invalidValue, required } from "../api-error.ts";
import { at, isObject, type Json, type KubeObject, listAt, numberAt, objectAt, scalarText, textAt } from "../json.ts";
import type { Kind } from "../kinds.ts";
import { customProblems } from "./custom-schema.ts";
import { labelProblems, nameProblems } from "./names.ts";

/** What the API server refuses in an object, of the rules a deployer meets. */
export function validate(kind: Kind, object: KubeObject): Cause[] {
  return [
    ...nameProblems(kind, object),
    ...labelProblems(object),
    ...(kind.custom === undefined ? (rules[kind.key]?.(object) ?? []) : customProblems(kind.custom.schema, object)),
  ];
}

type Rule = (object: KubeObject) => Cause[];

const mebibyte = 1024 * 1024;

function sizeOf(value: Json | undefined): number {
  if (!isObject(value)) return 0;
  return Object.entries(value).reduce((sum, [key, text]) => sum + key.length + Buffer.byteLength(scalarText(text)), 0);
}

function podTemplate(object: KubeObject, path: readonly string[]): Cause[] {
  const containers = listAt(object, ...path, "containers");
  const field = path.join(".");
  if (containers.length === 0) return [required(`${field}.containers`)];
  return containers.flatMap((container, index) => [
    ...(textAt(container, "name") ? [] : [required(`${field}.containers[${index}].name`)]),
    ...(textAt(container, "image") ? [] : [required(`${field}.containers[${index}].image`)]),
    ...unknownMounts(object, path, container, `${field}.containers[${index}]`),
  ]);
}

function unknownMounts(object: KubeObject, path: readonly string[], container: Json, field: string): Cause[] {
  const volumes = new Set(listAt(object, ...path, "volumes").map((volume) => textAt(volume, "name")));
  const claims = listAt(object, "spec", "volumeClaimTemplates").map((claim) => textAt(claim, "metadata", "name"));
  return listAt(container, "volumeMounts").flatMap((mount, index) => {
    const name = textAt(mount, "name") ?? "";
    if (volumes.has(name) || claims.includes(name)) return [];
    return [
      {
        reason: "FieldValueNotFound",
        message: `Not found: ${JSON.stringify(name)}`,
        field: `${field}.volumeMounts[${index}].name`,
      },
    ];
  });
}

function workload(object: KubeObject): Cause[] {
  const template = ["spec", "template", "spec"];
  const selector = at(object, "spec", "selector");
  const labels = objectAt(object, "spec", "template", "metadata", "labels");
  const wanted = objectAt(selector, "matchLabels");
  const matches = Object.keys(wanted).every((key) => wanted[key] === labels[key]);
  const empty =
    selector === undefined || (Object.keys(wanted).length === 0 && listAt(selector, "matchExpressions").length === 0);
  const shown = Object.keys(labels).length === 0 ? null : labels;
  const mismatch = invalidValue("spec.template.metadata.labels", shown, "`selector` does not match template `labels`");
  const replicas = numberAt(object, "spec", "replicas") ?? 0;
  return [
    ...(replicas < 0 ? [invalidValue("spec.replicas", replicas, "must be greater than or equal to 0")] : []),
    ...(selector === undefined
      ? [required("spec.selector")]
      : empty
        ? [invalidValue("spec.selector", selector, "empty selector is invalid for deployment")]
        : []),
    ...(empty || !matches ? [mismatch] : []),
    ...podTemplate(object, template),
  ];
}

const rules: Readonly<Record<string, Rule>> = {
  "/configmaps": (object) => {
    const size = sizeOf(object["data"]) + sizeOf(object["binaryData"]);
    return size > mebibyte
      ? [{ reason: "FieldValueTooLong", message: "Too long: may not be more than 1048576 bytes", field: "" }]
      : [];
  },
  "/secrets": (object) => [
    ...Object.entries(objectAt(object, "data")).flatMap(([key, value]) =>
      isBase64(value) ? [] : [invalidValue(`data[${key}]`, "<secret contents redacted>", "must be base64")],
    ),
    ...((sizeOf(object["data"]) * 3) / 4 > mebibyte
      ? [{ reason: "FieldValueTooLong", message: "Too long: may not be more than 1048576 bytes", field: "data" }]
      : []),
  ],
  "/pods": (object) => podTemplate(object, ["spec"]),
  "/services": (object) => {
    const headless =
      textAt(object, "spec", "clusterIP") === "None" || textAt(object, "spec", "type") === "ExternalName";
    const ports = listAt(object, "spec", "ports");
    if (ports.length === 0 && !headless) return [required("spec.ports")];
    return ports.flatMap((port, index) => {
      const number = numberAt(port, "port") ?? 0;
      const path = `spec.ports[${index}]`;
      return [
        ...(number >= 1 && number <= 65535
          ? []
          : [invalidValue(`${path}.port`, number, "must be between 1 and 65535, inclusive")]),
        ...(ports.length > 1 && textAt(port, "name") === undefined ? [required(`${path}.name`)] : []),
      ];
    });
  },
  "apps/deployments": workload,
  "apps/replicasets": workload,
  "apps/statefulsets": workload,
  "apps/daemonsets": workload,
  "batch/jobs": (object) => podTemplate(object, ["spec", "template", "spec"]),
  "batch/cronjobs": (object) => [
    ...(textAt(object, "spec", "schedule") ? [] : [required("spec.schedule")]),
    ...podTemplate(object, ["spec", "jobTemplate", "spec", "template", "spec"]),
  ],
  "/persistentvolumeclaims": (object) => [
    ...(listAt(object, "spec", "accessModes").length > 0
      ? []
      : [required("spec.accessModes", "at least 1 access mode is required")]),
    ...(at(object, "spec", "resources", "requests", "storage") === undefined
      ? [required("spec.resources[storage]")]
      : []),
  ],
  "rbac.authorization.k8s.io/rolebindings": roleBinding,
  "rbac.authorization.k8s.io/clusterrolebindings": roleBinding,
  "apiextensions.k8s.io/customresourcedefinitions": (object) => {
    const expected = `${textAt(object, "spec", "names", "plural")}.${textAt(object, "spec", "group")}`;
    const versions = listAt(object, "spec", "versions");
    return [
      ...(object.metadata.name === expected
        ? []
        : [invalidValue("metadata.name", object.metadata.name, 'must be spec.names.plural+"."+spec.group')]),
      ...(versions.filter((version) => at(version, "storage") === true).length === 1
        ? []
        : [invalidValue("spec.versions", versions, "must have exactly one version marked as storage version")]),
      ...versions.flatMap((version, index) =>
        at(version, "schema", "openAPIV3Schema") === undefined
          ? [required(`spec.versions[${index}].schema.openAPIV3Schema`, "schemas are required")]
          : [],
      ),
    ];
  },
};

function roleBinding(object: KubeObject): Cause[] {
  return textAt(object, "roleRef", "name") ? [] : [required("roleRef.name")];
}

function isBase64(value: Json): boolean {
  return typeof value === "string" && value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value);
}
