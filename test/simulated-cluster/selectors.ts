import { badRequest } from "./api-error.ts";
import { at, type KubeObject, textAt } from "./json.ts";
import type { Kind } from "./kinds.ts";

export type Selector = (object: KubeObject) => boolean;

interface Requirement {
  readonly key: string;
  readonly operator: "in" | "notin" | "exists" | "!";
  readonly values: readonly string[];
}

const everything: Selector = () => true;

/** "a=b,c!=d,e in (f,g),h notin (i),j,!k". */
export function labelSelector(text: string | null): Selector {
  if (text === null || text.trim() === "") return everything;
  const requirements = splitOutsideParentheses(text).map(requirement);
  return (object) => {
    const labels = at(object, "metadata", "labels");
    return requirements.every(({ key, operator, values }) => {
      const value = textAt(labels, key);
      if (operator === "exists") return value !== undefined;
      if (operator === "!") return value === undefined;
      const listed = value !== undefined && values.includes(value);
      return operator === "in" ? listed : !listed;
    });
  };
}

function splitOutsideParentheses(text: string): string[] {
  return text.split(/,(?![^(]*\))/).map((part) => part.trim());
}

function requirement(part: string): Requirement {
  const set = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(part);
  if (set !== null) {
    const values = (set[3] ?? "").split(",").map((value) => value.trim());
    return { key: set[1] ?? "", operator: set[2] === "in" ? "in" : "notin", values };
  }
  const pair = /^([^=!\s]+)\s*(==|=|!=)\s*(\S*)$/.exec(part);
  if (pair !== null)
    return { key: pair[1] ?? "", operator: pair[2] === "!=" ? "notin" : "in", values: [pair[3] ?? ""] };
  const single = /^(!?)\s*([^\s!=()]+)$/.exec(part);
  if (single === null) throw badRequest(`unable to parse requirement: found '${part}', expected: label selector`);
  return { key: single[2] ?? "", operator: single[1] === "!" ? "!" : "exists", values: [] };
}

/** Fields besides metadata.name and metadata.namespace that the API server selects by. */
const selectable: Readonly<Record<string, readonly string[]>> = {
  "/pods": [
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "status.phase",
    "status.podIP",
  ],
  "/events": [
    ...["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"].map(
      (f) => `involvedObject.${f}`,
    ),
    ...["reason", "reportingComponent", "source", "type"],
  ],
  "/secrets": ["type"],
  "/namespaces": ["status.phase"],
  "/nodes": ["spec.unschedulable"],
  "/services": ["spec.clusterIP", "spec.type"],
  "/replicationcontrollers": ["status.replicas"],
  "apps/replicasets": ["status.replicas"],
  "batch/jobs": ["status.successful"],
};

/** "metadata.name=x,status.phase!=Running". */
export function fieldSelector(kind: Kind, text: string | null): Selector {
  if (text === null || text.trim() === "") return everything;
  const terms = text.split(",").map((part) => {
    const match = /^([^=!]+)(==|=|!=)(.*)$/.exec(part.trim());
    if (match === null) throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`);
    const field = match[1] ?? "";
    const custom = kind.custom?.selectableFields.map((path) => path.replace(/^\./, "")) ?? [];
    if (!["metadata.name", "metadata.namespace", ...(selectable[kind.key] ?? []), ...custom].includes(field)) {
      throw badRequest(`field label not supported: ${field}`);
    }
    return { path: field.split("."), wanted: match[3] ?? "", equals: match[2] !== "!=" };
  });
  return (object) =>
    terms.every(({ path, wanted, equals }) => {
      const value = at(object, ...path);
      const found = value === undefined || typeof value === "object" ? "" : String(value);
      return (found === wanted) === equals;
    });
}
