import { Environment, type ParseResult } from "@marcbachmann/cel-js";
import { AppError } from "../errors.ts";

/** Top-level names of an expression. Whole numbers are CEL's int, others its double. */
export type Variables = Readonly<Record<string, unknown>>;

/** A CEL expression that is true or false. */
export interface Condition {
  /** Throws FAILED_PRECONDITION when it cannot be told: a field is absent, or values do not fit together. */
  holds(variables: Variables): boolean;
}

const maximumLength = 4_096;

let environment: Environment | undefined;

/** Made on first use: programs that only might read expressions start faster. */
function theEnvironment(): Environment {
  environment ??= new Environment({
    // Kinds of objects are not known here, and not all of them have the same top-level fields.
    unlistedVariablesAreDyn: true,
    enableOptionalTypes: true,
    homogeneousAggregateLiterals: false,
    limits: { maxAstNodes: 1_000, maxDepth: 50, maxListElements: 200, maxMapEntries: 200, maxCallArguments: 32 },
  });
  return environment;
}

/** Throws INVALID_ARGUMENT with what is wrong and where, such as "at character 8: expected IDENTIFIER, got DOT". */
export function parseCondition(text: string): Condition {
  if (text.length > maximumLength) {
    throw new AppError("INVALID_ARGUMENT", `longer than ${maximumLength} characters`);
  }
  const evaluate = parse(text);
  const { valid, type, error } = evaluate.check();
  if (!valid) throw new AppError("INVALID_ARGUMENT", located(error), { cause: error });
  if (type !== "bool" && type !== "dyn") {
    throw new AppError("INVALID_ARGUMENT", `its value is of type ${type ?? "unknown"}, not bool`);
  }
  return {
    holds(variables) {
      let value: unknown;
      try {
        value = evaluate(asCel(variables) as Record<string, unknown>);
      } catch (thrown) {
        throw new AppError("FAILED_PRECONDITION", summaryOf(thrown), { cause: thrown });
      }
      if (typeof value === "boolean") return value;
      throw new AppError("FAILED_PRECONDITION", "its value is not true or false");
    },
  };
}

function parse(text: string): ParseResult {
  try {
    return theEnvironment().parse(text);
  } catch (thrown) {
    throw new AppError("INVALID_ARGUMENT", located(thrown), { cause: thrown });
  }
}

function located(thrown: unknown): string {
  const { range } = (thrown ?? {}) as { readonly range?: { readonly start: number } };
  return range === undefined ? summaryOf(thrown) : `at character ${range.start + 1}: ${summaryOf(thrown)}`;
}

/** One line, without the picture of the expression that the library adds. */
function summaryOf(thrown: unknown): string {
  const { summary, message } = (thrown ?? {}) as { readonly summary?: string; readonly message?: string };
  const text = (summary ?? message ?? String(thrown)).split("\n")[0] ?? "";
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

/** JSON knows one type of number, CEL does not add an int to a double. */
function asCel(value: unknown): unknown {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(asCel);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asCel(inner)]));
}
