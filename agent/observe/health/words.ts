import type { LiveObject } from "../../ports.ts";
import { type Fields, fieldsOf, listOf, numberOf, statusOf, textOf } from "./fields.ts";

const deepest = 3;
const mostFields = 4;
const longestPart = 300;
const longest = 1_000;

/**
 * What an object itself says about why a CEL expression about it holds, or does not: the condition that the expression asks
 * for, else the fields that it asks for with the status' message. Empty when it says nothing.
 */
export function wordsOf(live: LiveObject, expression: string, holds: boolean): string {
  const status = statusOf(live);
  const conditions = conditionsIn(status, 0);
  const condition = conditionAskedFor(conditions, expression, holds);
  if (condition !== undefined) return conditionWords(condition).slice(0, longest);
  const fields = fieldsAskedFor(live, expression);
  const said = [fieldWords(fields), messageOf(status)].filter((text) => text !== "").join(": ");
  return (said || ageWords(live, conditions) || partWords(fields)).slice(0, longest);
}

/** The object's own, and those of its parts: listeners, parents, … */
function conditionsIn(value: unknown, depth: number): readonly Fields[] {
  if (depth > deepest || value === null || typeof value !== "object") return [];
  const inner = Array.isArray(value) ? value : Object.values(value);
  const own = Array.isArray(value) ? [] : listOf(fieldsOf(value)["conditions"]);
  return [
    ...own,
    ...inner.filter((part) => part !== fieldsOf(value)["conditions"]).flatMap((part) => conditionsIn(part, depth + 1)),
  ];
}

interface Asked {
  /** Empty: of any type. */
  readonly types: readonly string[];
  readonly is: boolean;
  readonly status: string;
  /** It explains when this is not so. */
  readonly isNegated: boolean;
}

const askedFor = /(?:c\.type (?:== '([^']*)'|in \[([^\]]*)\]) && )?c\.status (==|!=) '(\w+)'/g;

const negation = /!\((?:[\w.?]+\.orValue\(\[\]\)\.exists\(\w, )+$/;

function conditionAskedFor(conditions: readonly Fields[], expression: string, holds: boolean): Fields | undefined {
  const asked = [...expression.matchAll(askedFor)].map((match): Asked => {
    const [, type, types, operator, status] = match;
    const listed = types === undefined ? [] : types.split(", ").map((text) => text.slice(1, -1));
    return {
      types: type === undefined ? listed : [type],
      is: operator === "==",
      status: status ?? "",
      isNegated: negation.test(expression.slice(0, match.index)),
    };
  });
  for (const { types, is, status, isNegated } of asked) {
    const found = conditions.find(
      (condition) =>
        (types.length === 0 || types.includes(textOf(condition["type"]))) &&
        ((textOf(condition["status"]) === status) === is) === (holds !== isNegated),
    );
    if (found !== undefined) return found;
  }
  const byReason = conditions.find(({ reason }) => textOf(reason) !== "" && expression.includes(`'${textOf(reason)}'`));
  if (holds || asked.length === 0) return byReason;
  return conditions.find(({ status }) => status !== "True");
}

function conditionWords(condition: Fields): string {
  const [type, status] = [textOf(condition["type"]), textOf(condition["status"])];
  const said = [textOf(condition["reason"]), textOf(condition["message"])].filter((text) => text !== "");
  return said.length === 0 ? `condition ${type} is ${status === "" ? "Unknown" : status}` : said.join(": ");
}

/** What is well may still be told of an older generation only. */
function ageWords(live: LiveObject, conditions: readonly Fields[]): string {
  const { generation } = live.metadata;
  const old = conditions
    .map((condition) => condition["observedGeneration"])
    .find((told) => typeof told === "number" && told !== generation);
  return old === undefined
    ? ""
    : `conditions are of generation ${numberOf(old)}, the object is at generation ${generation}`;
}

const fieldPaths = /\b(spec|status)((?:\.\??[A-Za-z]\w*)+?)\.(?:orValue|hasValue)\(/g;
const messages = ["message", "errorMessage", "failureMessage", "errorDescription", "errMsg", "error", "reason"];

interface Field {
  readonly name: string;
  readonly value: unknown;
}

function fieldsAskedFor(live: LiveObject, expression: string): readonly Field[] {
  const paths = new Set(
    [...expression.matchAll(fieldPaths)].map(([, root, path]) => `${root}${path}`.replaceAll("?", "")),
  );
  return [...paths].flatMap((path) => {
    const name = path.slice(path.lastIndexOf(".") + 1);
    const value = path.split(".").reduce((inner: unknown, key) => fieldsOf(inner)[key], live);
    if (messages.includes(name) || name === "conditions" || value === undefined || value === null) return [];
    return path.startsWith("spec.") && value !== true ? [] : [{ name, value }];
  });
}

function fieldWords(fields: readonly Field[]): string {
  return fields
    .filter(({ value }) => typeof value !== "object" && value !== "")
    .slice(0, mostFields)
    .map(({ name, value }) => `${name} ${String(value)}`)
    .join(", ");
}

/** Whatever it is that the parts of the object say. */
function partWords(fields: readonly Field[]): string {
  return fields
    .filter(({ value }) => typeof value === "object" && Object.keys(value ?? {}).length > 0)
    .map(({ name, value }) => `${name} ${JSON.stringify(value).slice(0, longestPart)}`)
    .join(", ");
}

function messageOf(status: Fields): string {
  const texts = messages.map((name) => textOf(status[name]) || textOf(fieldsOf(status[name])["message"]));
  return texts.find((text) => text !== "") ?? "";
}
