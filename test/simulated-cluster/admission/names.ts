import { type Cause, invalidValue, required } from "../api-error.ts";
import { isObject, type KubeObject, objectAt } from "../json.ts";
import type { Kind } from "../kinds.ts";

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const subdomain = `${label}(\\.${label})*`;
const rules = {
  subdomain: {
    pattern: new RegExp(`^${subdomain}$`),
    max: 253,
    why: `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${subdomain}')`,
  },
  label: {
    pattern: new RegExp(`^${label}$`),
    max: 63,
    why: `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${label}')`,
  },
  path: {
    pattern: /^(?!\.{1,2}$)[^/%]+$/,
    max: 253,
    why: "may not contain '/' or '%' and may not be '.' or '..'",
  },
} as const;

function ruleOf({ group, plural }: Kind): keyof typeof rules {
  if (group === "rbac.authorization.k8s.io") return "path";
  return group === "" && ["namespaces", "services"].includes(plural) ? "label" : "subdomain";
}

export function nameProblems(kind: Kind, object: KubeObject): Cause[] {
  const { name } = object.metadata;
  if (name === "" || name === undefined) {
    return [required("metadata.name", "name or generateName is required")];
  }
  const rule = rules[ruleOf(kind)];
  if (name.length > rule.max)
    return [invalidValue("metadata.name", name, `must be no more than ${rule.max} characters`)];
  return rule.pattern.test(name) ? [] : [invalidValue("metadata.name", name, rule.why)];
}

const qualified = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const keyPattern = new RegExp(`^(${subdomain}/)?${qualified}$`);
const labelValue = "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?";
const valuePattern = new RegExp(`^${labelValue}$`);
const keyWhy = `name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${qualified}')`;
const valueWhy = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '${labelValue}')`;

export function labelProblems(object: KubeObject): Cause[] {
  const labels = Object.entries(objectAt(object, "metadata", "labels"));
  const annotations = object.metadata["annotations"];
  return [
    ...labels.flatMap(([key, value]) => [
      ...keyProblems("metadata.labels", key),
      ...(typeof value === "string" && value.length <= 63 && valuePattern.test(value)
        ? []
        : [
            invalidValue(
              "metadata.labels",
              value,
              typeof value === "string" && value.length > 63 ? "must be no more than 63 bytes" : valueWhy,
            ),
          ]),
    ]),
    ...(isObject(annotations)
      ? Object.keys(annotations).flatMap((key) => keyProblems("metadata.annotations", key.toLowerCase()))
      : []),
  ];
}

function keyProblems(field: string, key: string): Cause[] {
  const name = key.split("/").at(-1) ?? "";
  if (name.length > 63) return [invalidValue(field, key, "name part must be no more than 63 bytes")];
  return keyPattern.test(key) ? [] : [invalidValue(field, key, keyWhy)];
}
