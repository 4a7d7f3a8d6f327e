import { ApiError, badRequest, invalid, invalidValue } from "../api-error.ts";
import { type Json, type KubeObject, textAt } from "../json.ts";
import type { Kind } from "../kinds.ts";
import { schemaProblems } from "./unknown-fields.ts";
import type { WriteOptions } from "./write-options.ts";

/** Refuses or reports unknown and mistyped fields; returns warnings. */
export function checkSchema(kind: Kind, body: KubeObject, options: WriteOptions): string[] {
  const problems = schemaProblems(kind.type, body);
  if (problems.length === 0) return [];
  if (options.apply === true) {
    const lines = problems.map(({ applyPath, problem, expected, found }) =>
      problem === "unknown"
        ? `${applyPath}: field not declared in schema`
        : `${applyPath}: expected ${applyWord(expected)}, got ${typeWord(found)}`,
    );
    const text = lines.length === 1 ? lines[0] : `errors:\n${lines.map((line) => `  ${line}`).join("\n")}`;
    const namespace = textAt(options.patch, "metadata", "namespace") ?? "";
    const [version = "", group = ""] = kind.apiVersion.split("/").reverse();
    const of = `${namespace}/${body.metadata.name}; ${group}/${version}, Kind=${kind.kind}`;
    throw new ApiError(500, undefined, `failed to create typed patch object (${of}): ${text}`);
  }
  const mistyped = problems.find(({ problem }) => problem === "type");
  if (mistyped !== undefined && kind.custom === undefined) {
    const why = `json: cannot unmarshal ${typeWord(mistyped.found)} into Go struct field ${kind.kind}.${mistyped.path} of type ${mistyped.expected}`;
    throw badRequest(`${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: ${why}`);
  }
  const unknown = problems.filter(({ problem }) => problem === "unknown").map(({ path }) => `unknown field "${path}"`);
  if (unknown.length === 0 || options.fieldValidation === "Ignore") return [];
  if (options.fieldValidation === "Warn") return unknown;
  const why = `strict decoding error: ${unknown.join(", ")}`;
  if (options.patch !== undefined)
    throw invalid(kind, body.metadata.name, [invalidValue("patch", JSON.stringify(options.patch), why)]);
  throw badRequest(`${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: ${why}`);
}

function typeWord(value: Json): string {
  return Array.isArray(value) ? "array" : value === null ? "null" : typeof value === "boolean" ? "bool" : typeof value;
}

function applyWord(expected: string): string {
  if (expected === "integer" || expected === "number") return "numeric (int or float)";
  return expected === "time" || expected === "bytes" ? "string" : expected;
}
