/**
 * `${…}` as Flux's postBuild reads it. `${name}`; defaults `${name:=x}` and `${name:-x}` (also for an empty value), `${name=x}`
 * and `${name-x}` (only when not set), where x may hold further `${…}`; `${name:2}`, `${name:2:5}`; `${name^}`, `${name^^}`,
 * `${name,}`, `${name,,}`; `${#name}`; `${name/a/b}`, `${name//a/b}`, `${name/#a/b}`, `${name/%a/b}` with literal a.
 * `$${` is a literal `${`; `$name` without braces stays as it is.
 */
export type Template = readonly (string | Expression)[];

export interface Expression {
  readonly name: string;
  readonly operator: Operator;
  readonly operands: readonly Template[];
}

const operators = [":=", ":-", "=", "-", "^^", "^", ",,", ",", "//", "/#", "/%", "/", ":"] as const;
type Operator = (typeof operators)[number] | "value" | "length";

/** Thrown for text that is no template; the message stands after "Cannot fill in …: ". */
export class TemplateError extends Error {}

/** Lookup for `fill`; undefined: not set. */
export type Lookup = (name: string) => string | undefined;

export function parseTemplate(text: string): Template {
  return parseUntil(text, 0, "").template;
}

export function isPlain(template: Template): boolean {
  return template.every((part) => typeof part === "string");
}

/** Names of variables in the order of their appearance, those in defaults included. */
export function variablesIn(template: Template): string[] {
  return template.flatMap((part) =>
    typeof part === "string" ? [] : [part.name, ...part.operands.flatMap((operand) => variablesIn(operand))],
  );
}

/** Throws TemplateError for a variable that has neither value nor default. */
export function fill(template: Template, lookup: Lookup): string {
  return template.map((part) => (typeof part === "string" ? part : evaluate(part, lookup))).join("");
}

function evaluate({ name, operator, operands }: Expression, lookup: Lookup): string {
  const value = lookup(name);
  const operand = (index: number) => fill(operands[index] ?? [], lookup);
  if (operator === ":=" || operator === ":-") return value === undefined || value === "" ? operand(0) : value;
  if (operator === "=" || operator === "-") return value ?? operand(0);
  if (value === undefined) throw new TemplateError(`variable "${name}" has no value and no default`);
  switch (operator) {
    case "value":
      return value;
    case "length":
      return String(value.length);
    case "^":
      return value.slice(0, 1).toUpperCase() + value.slice(1);
    case "^^":
      return value.toUpperCase();
    case ",":
      return value.slice(0, 1).toLowerCase() + value.slice(1);
    case ",,":
      return value.toLowerCase();
    case ":":
      return substring(value, operand(0), operands.length > 1 ? operand(1) : undefined);
    case "/":
      return value.replace(operand(0), () => operand(1));
    case "//":
      return operand(0) === "" ? value : value.replaceAll(operand(0), () => operand(1));
    case "/#":
      return value.startsWith(operand(0)) ? operand(1) + value.slice(operand(0).length) : value;
    case "/%":
      return value.endsWith(operand(0)) ? value.slice(0, value.length - operand(0).length) + operand(1) : value;
  }
}

function substring(value: string, position: string, length: string | undefined): string {
  const start = Number(position);
  const count = length === undefined ? value.length : Number(length);
  if (!Number.isInteger(start) || !Number.isInteger(count) || start < 0 || count < 0) {
    throw new TemplateError(`"\${…:${position}${length === undefined ? "" : `:${length}`}}" needs whole numbers`);
  }
  return value.slice(start, start + count);
}

/** Reads up to one of the characters in `ends` (which is left unread), or to the end of the text for "". */
function parseUntil(text: string, start: number, ends: string): { template: Template; next: number } {
  const template: (string | Expression)[] = [];
  let plain = "";
  let at = start;
  while (at < text.length) {
    const character = text.charAt(at);
    if (ends.includes(character)) break;
    if (text.startsWith("$${", at)) {
      plain += "${";
      at += 3;
    } else if (text.startsWith("${", at)) {
      const { expression, next } = parseExpression(text, at);
      if (plain !== "") template.push(plain);
      plain = "";
      template.push(expression);
      at = next;
    } else if (ends !== "" && character === "\\" && at + 1 < text.length) {
      plain += text.charAt(at + 1);
      at += 2;
    } else {
      plain += character;
      at++;
    }
  }
  if (plain !== "") template.push(plain);
  return { template, next: at };
}

function parseExpression(text: string, start: number): { expression: Expression; next: number } {
  const [head, length, name = ""] = /^\$\{(#?)([_A-Za-z]\w*)/.exec(text.slice(start, start + 256)) ?? [];
  if (head === undefined) throw malformed(text, start);
  let at = start + head.length;
  const operator = operators.find((each) => text.startsWith(each, at));
  const operands: Template[] = [];
  if (operator !== undefined) {
    at += operator.length;
    if (operator === ":" && !/[\d$]/.test(text.charAt(at))) throw malformed(text, start);
    const separator = operator === ":" ? ":" : "/";
    const two = operator === ":" || operator.startsWith("/");
    const first = parseUntil(text, at, two ? `}${separator}` : "}");
    operands.push(first.template);
    at = first.next;
    if (two && text.charAt(at) === separator) {
      const second = parseUntil(text, at + 1, "}");
      operands.push(second.template);
      at = second.next;
    }
  }
  if (text.charAt(at) !== "}" || (length === "#" && operator !== undefined)) throw malformed(text, start);
  const read = operator ?? (length === "#" ? "length" : "value");
  return { expression: { name, operator: read, operands }, next: at + 1 };
}

function malformed(text: string, start: number): TemplateError {
  const end = text.indexOf("}", start);
  const shown = text.slice(start, Math.min(end === -1 ? text.length : end + 1, start + 40));
  return new TemplateError(
    `malformed "${shown}": expected a variable such as "\${name}" or "\${name:=default}", or "$\${" for a literal "\${"`,
  );
}
