import { z } from "zod";
import type { Problem } from "../domain/index.ts";
import { nearest } from "./nearest.ts";
import type { DocumentPath, YamlDocument } from "./yaml-document.ts";

/**
 * What zod found, in the words of whoever wrote the file: the value, what was expected, and where. Texts given to checks in
 * the schemas say what is expected ("a duration such as …"); the rest of the sentence is made here.
 */
export function problemsOfIssues(
  schema: z.ZodType,
  issues: readonly z.core.$ZodIssue[],
  document: YamlDocument,
): Problem[] {
  return issues
    .flatMap((issue) => problemsOfIssue(schema, issue, [], document))
    .sort((left, right) => (left.position?.line ?? 0) - (right.position?.line ?? 0));
}

function problemsOfIssue(
  schema: z.ZodType,
  issue: z.core.$ZodIssue,
  prefix: DocumentPath,
  document: YamlDocument,
): Problem[] {
  const path = [...prefix, ...issue.path.map((step) => (typeof step === "symbol" ? String(step) : step))];
  const value = valueAt(document.value, path);
  const error = (message: string, at: DocumentPath = path): Problem => ({
    severity: "error",
    message,
    position: document.locate(at),
  });

  switch (issue.code) {
    case "unrecognized_keys": {
      const known = fieldsAt(schema, path, document.value);
      return issue.keys.map((key) => {
        const near = nearest(key, known);
        const hint = near === undefined ? `expected ${oneOf(known)}` : `did you mean "${near}"?`;
        return error(`Unknown field "${key}": ${hint}`, [...path, key]);
      });
    }
    case "invalid_union": {
      // Only the branch that has the shape of what was written is worth talking about.
      const fitting = issue.errors.find(
        (errors) => !errors.some(({ code, path }) => isShape(code) && path.length === 0),
      );
      if (fitting === undefined) return [error(expected(issue.message, value))];
      return fitting.flatMap((inner) => problemsOfIssue(schema, inner, path, document));
    }
    case "invalid_key":
      return [error(`Invalid name "${String(path.at(-1))}": expected ${issue.issues[0]?.message ?? "another"}`)];
    case "invalid_value": {
      const options = issue.values.map(String);
      const near = typeof value === "string" && options.length > 1 ? nearest(value, options) : undefined;
      const hint = near === undefined ? "" : `, did you mean "${near}"?`;
      return [error(missing(value, path, oneOf(options)) ?? `${expected(oneOf(options), value)}${hint}`)];
    }
    case "invalid_type": {
      const type = typeNames[issue.expected] ?? issue.expected;
      const quote = issue.expected === "string" && isScalar(value) ? `, write "${String(value)}" in quotes` : "";
      return [error(missing(value, path, type) ?? `${expected(type, value)}${quote}`)];
    }
    default:
      return [error(expected(issue.message, value))];
  }
}

const typeNames: Readonly<Record<string, string>> = {
  string: "text",
  object: "a mapping",
  record: "a mapping",
  array: "a list",
  int: "a whole number",
  number: "a number",
  boolean: "true or false",
};

function isShape(code: string): boolean {
  return code === "invalid_type" || code === "invalid_format";
}

function isScalar(value: unknown): boolean {
  return typeof value === "number" || typeof value === "boolean";
}

function missing(value: unknown, path: DocumentPath, what: string): string | undefined {
  const field = path.at(-1);
  if (value !== undefined || typeof field !== "string") return undefined;
  return `Missing field "${field}": expected ${what}`;
}

/** "Expected a list: got "x"". */
function expected(what: string, value: unknown): string {
  return `Expected ${what}: got ${shown(value)}`;
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function oneOf(words: readonly string[]): string {
  const quoted = words.map((word) => `"${word}"`);
  return quoted.length < 2 ? quoted.join("") : `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
}

function valueAt(value: unknown, path: DocumentPath): unknown {
  let current = value;
  for (const step of path) {
    if (current === null || typeof current !== "object") return undefined;
    current = (current as Record<string | number, unknown>)[step];
  }
  return current;
}

/** Fields that the schema knows at `path`. */
function fieldsAt(root: z.ZodType, path: DocumentPath, value: unknown): string[] {
  let schema: z.ZodType | undefined = unwrapped(root);
  for (const step of path) {
    if (schema instanceof z.ZodObject) schema = schema.shape[String(step)] as z.ZodType | undefined;
    else if (schema instanceof z.ZodArray) schema = schema.element as z.ZodType;
    else return [];
    if (schema === undefined) return [];
    schema = unwrapped(schema);
  }
  return schema instanceof z.ZodObject && value !== undefined ? Object.keys(schema.shape) : [];
}

function unwrapped(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return unwrapped(schema.unwrap() as z.ZodType);
  }
  // Of several shapes, the mapping is the one that has fields.
  if (schema instanceof z.ZodUnion) {
    const mapping = (schema.options as readonly z.ZodType[]).find((option) => option instanceof z.ZodObject);
    return mapping ?? schema;
  }
  return schema;
}
