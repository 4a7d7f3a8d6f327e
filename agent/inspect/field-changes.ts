import { canonicalJson, type FieldChange } from "../../common/domain/index.ts";
import { childPath, itemPath } from "../observe/index.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Fields that differ, by path, the smallest parts that can be named. Absent and null are the same, as for the API server. */
export function fieldChanges(before: unknown, after: unknown, path = ""): readonly FieldChange[] {
  if (isMap(before) && isMap(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].sort().flatMap((key) => fieldChanges(before[key], after[key], childPath(path, key)));
  }
  if (Array.isArray(before) && Array.isArray(after)) return itemChanges(before, after, path);
  if (canonicalJson(before ?? null) === canonicalJson(after ?? null)) return [];
  return [{ path, ...side("before", before), ...side("after", after) }];
}

function side(name: "before" | "after", value: unknown): Partial<FieldChange> {
  return value === undefined || value === null ? {} : { [name]: value };
}

function itemChanges(before: readonly unknown[], after: readonly unknown[], path: string): readonly FieldChange[] {
  const named = [byName(before), byName(after)] as const;
  const [was, is] = named;
  if (was !== undefined && is !== undefined) {
    const names = new Set([...was.keys(), ...is.keys()]);
    const changes = [...names].flatMap((name) => fieldChanges(was.get(name), is.get(name), itemPath(path, { name })));
    if (changes.length > 0 || [...was.keys()].join("\n") === [...is.keys()].join("\n")) return changes;
    // Nothing but their order.
    return [{ path, before: [...was.keys()], after: [...is.keys()] }];
  }
  const alike = before.length === after.length && before.every(isMap) && after.every(isMap);
  if (alike) return before.flatMap((item, index) => fieldChanges(item, after[index], `${path}[${index}]`));
  return canonicalJson(before) === canonicalJson(after) ? [] : [{ path, before, after }];
}

/** Undefined unless each item has a name of its own. */
function byName(items: readonly unknown[]): ReadonlyMap<string, Fields> | undefined {
  const named = new Map<string, Fields>();
  for (const item of items) {
    if (!isMap(item) || typeof item["name"] !== "string" || named.has(item["name"])) return undefined;
    named.set(item["name"], item);
  }
  return named;
}

function isMap(value: unknown): value is Fields {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
