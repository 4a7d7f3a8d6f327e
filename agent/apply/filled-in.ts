import { groupOf, type Manifest } from "../../common/domain/index.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * Without fields that manifests name only as a place for a controller to write to, which would be fought over: the rules of
 * an aggregated ClusterRole, and CA bundles that are empty or hold nothing but a line break, as generators write them.
 */
export function withoutFilledIn(manifest: Manifest): Manifest {
  const { kind } = manifest;
  const spec = manifest["spec"];
  switch (`${groupOf(manifest.apiVersion)}/${kind}`) {
    case "rbac.authorization.k8s.io/ClusterRole": {
      if (!isMap(manifest["aggregationRule"])) return manifest;
      const { rules: _rules, ...rest } = manifest;
      return rest;
    }
    case "admissionregistration.k8s.io/ValidatingWebhookConfiguration":
    case "admissionregistration.k8s.io/MutatingWebhookConfiguration": {
      const webhooks = manifest["webhooks"];
      if (!Array.isArray(webhooks)) return manifest;
      return { ...manifest, webhooks: webhooks.map((webhook) => inside(webhook, ["clientConfig"])) };
    }
    case "apiextensions.k8s.io/CustomResourceDefinition":
      if (!isMap(spec)) return manifest;
      return { ...manifest, spec: inside(spec, ["conversion", "webhook", "clientConfig"]) };
    case "apiregistration.k8s.io/APIService":
      return isMap(spec) ? { ...manifest, spec: inside(spec, []) } : manifest;
    default:
      return manifest;
  }
}

/** `value` without the empty CA bundle at `path`. */
function inside(value: unknown, [next, ...rest]: readonly string[]): unknown {
  if (!isMap(value)) return value;
  if (next !== undefined) return next in value ? { ...value, [next]: inside(value[next], rest) } : value;
  const { caBundle, ...others } = value;
  return caBundle === "" || caBundle === null || caBundle === "Cg==" ? others : value;
}

function isMap(value: unknown): value is Fields {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
