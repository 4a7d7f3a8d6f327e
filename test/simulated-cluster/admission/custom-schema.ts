import { type Cause, invalidValue, required } from "../api-error.ts";
import { equal, isList, isObject, type Json, type JsonObject, listAt, numberAt, textAt, without } from "../json.ts";

/** What a CRD's schema refuses in a custom object: types, required fields, enums, ranges, patterns. */
export function customProblems(schema: JsonObject | undefined, object: JsonObject): Cause[] {
  if (schema === undefined) return [];
  const rest = without(object, "apiVersion", "kind", "metadata");
  const causes: Cause[] = [];
  check({ ...schema, type: "object" }, rest, "", causes);
  return causes;
}

function check(schema: Json | undefined, value: Json, path: string, causes: Cause[]): void {
  if (!isObject(schema) || (value === null && schema["nullable"] === true)) return;
  const refuse = (why: string) => causes.push(invalidValue(path, value, `${path} in body ${why}`));
  const type = textAt(schema, "type");
  if (type !== undefined && schema["x-kubernetes-int-or-string"] !== true && typeOf(value, type) !== type) {
    causes.push(
      invalidValue(
        path,
        typeOf(value, type),
        `${path} in body must be of type ${type}: ${JSON.stringify(typeOf(value, type))}`,
      ),
    );
    return;
  }
  const allowed = listAt(schema, "enum");
  if (allowed.length > 0 && !allowed.some((option) => equal(option, value))) {
    const listed = allowed.map((option) => JSON.stringify(option)).join(", ");
    causes.push({
      reason: "FieldValueNotSupported",
      message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${listed}`,
      field: path,
    });
  }
  if (typeof value === "number") {
    const minimum = numberAt(schema, "minimum");
    const maximum = numberAt(schema, "maximum");
    if (minimum !== undefined && value < minimum) refuse(`should be greater than or equal to ${minimum}`);
    if (maximum !== undefined && value > maximum) refuse(`should be less than or equal to ${maximum}`);
  }
  if (typeof value === "string") checkText(schema, value, refuse);
  if (isList(value))
    for (const [index, item] of value.entries()) check(schema["items"], item, `${path}[${index}]`, causes);
  if (isObject(value)) checkFields(schema, value, path, causes);
}

function checkText(schema: JsonObject, value: string, refuse: (why: string) => void): void {
  const pattern = textAt(schema, "pattern");
  if (pattern !== undefined && !new RegExp(pattern).test(value)) refuse(`should match '${pattern}'`);
  const shortest = numberAt(schema, "minLength") ?? 0;
  const longest = numberAt(schema, "maxLength") ?? Number.POSITIVE_INFINITY;
  if (value.length < shortest) refuse(`should be at least ${shortest} chars long`);
  if (value.length > longest) refuse(`should be at most ${longest} chars long`);
}

function checkFields(schema: JsonObject, value: JsonObject, path: string, causes: Cause[]): void {
  const join = (name: string) => (path === "" ? name : `${path}.${name}`);
  for (const name of listAt(schema, "required")) {
    if (typeof name === "string" && value[name] === undefined) causes.push(required(join(name)));
  }
  const properties = schema["properties"];
  for (const [name, child] of Object.entries(value)) {
    const declared = isObject(properties) ? properties[name] : undefined;
    check(declared ?? schema["additionalProperties"], child, join(name), causes);
  }
}

function typeOf(value: Json, wanted: string): string {
  if (isList(value)) return "array";
  if (value === null) return "null";
  if (typeof value === "number") return Number.isInteger(value) && wanted !== "number" ? "integer" : "number";
  return typeof value;
}
