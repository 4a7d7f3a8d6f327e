import { ApiError, badRequest } from "../api-error.ts";
import { equal, isList, isObject, type Json, without } from "../json.ts";

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: Json;
}

/** RFC 6902. A failed operation or test is the server's 422. */
export function jsonPatch(target: Json, patch: Json): Json {
  if (!isList(patch)) throw badRequest("json: cannot unmarshal object into Go value of type jsonpatch.Patch");
  return patch.reduce<Json>((document, operation) => apply(document, operation as unknown as Operation), target);
}

function failed(why: string): ApiError {
  return new ApiError(422, "Invalid", `the server rejected our request due to an error in our request: ${why}`, {});
}

function pointer(path: string): string[] {
  return path
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function apply(document: Json, { op, path, from, value }: Operation): Json {
  const steps = pointer(path);
  switch (op) {
    case "add":
      return edit(document, steps, value ?? null, "add");
    case "replace":
      return edit(document, steps, value ?? null, "replace");
    case "remove":
      return edit(document, steps, undefined, "remove");
    case "move": {
      const moved = read(document, pointer(from ?? ""));
      return edit(edit(document, pointer(from ?? ""), undefined, "remove"), steps, moved, "add");
    }
    case "copy":
      return edit(document, steps, read(document, pointer(from ?? "")), "add");
    case "test":
      if (equal(tryRead(document, steps), value ?? null)) return document;
      throw failed(`testing value ${path} failed`);
    default:
      throw failed(`unexpected kind: ${op}`);
  }
}

function tryRead(document: Json, steps: readonly string[]): Json {
  try {
    return read(document, steps);
  } catch {
    return null;
  }
}

function read(document: Json, steps: readonly string[]): Json {
  let current: Json | undefined = document;
  for (const step of steps) {
    current = isObject(current) ? current[step] : isList(current) ? current[Number(step)] : undefined;
    if (current === undefined) throw failed(`the path "/${steps.join("/")}" does not exist`);
  }
  return current;
}

function edit(
  document: Json,
  steps: readonly string[],
  value: Json | undefined,
  how: "add" | "replace" | "remove",
): Json {
  const [step, ...rest] = steps;
  if (step === undefined) return value ?? null;
  if (isList(document)) {
    const index = step === "-" ? document.length : Number(step);
    const inside =
      Number.isInteger(index) &&
      index >= 0 &&
      (index < document.length || (how === "add" && index === document.length && rest.length === 0));
    if (!inside) throw failed(`Unable to access invalid index: ${step}`);
    if (rest.length > 0) return document.map((item, at) => (at === index ? edit(item, rest, value, how) : item));
    const copy = [...document];
    if (value === undefined) copy.splice(index, 1);
    else copy.splice(index, how === "add" ? 0 : 1, value);
    return copy;
  }
  if (!isObject(document)) throw failed(`missing container for "/${steps.join("/")}"`);
  const child = document[step];
  if (child === undefined && (rest.length > 0 || how !== "add"))
    throw failed(`Unable to ${how} nonexistent key: ${step}`);
  if (rest.length > 0) return { ...document, [step]: edit(child as Json, rest, value, how) };
  return value === undefined ? without(document, step) : { ...document, [step]: value };
}
