import { canonicalJson } from "../../common/domain/index.ts";
import { childPath, itemPath, memberPath } from "./field-path.ts";

type Fields = Readonly<Record<string, unknown>>;

/** One step down from a place in a live object. */
export interface FieldStep {
  readonly path: string;
  /** Name of the field, or index in the list. */
  readonly name: string;
  readonly live: unknown;
}

/** Where a key of a field set leads in the live object; undefined when nothing is there. */
export function stepOf(key: string, path: string, live: unknown): FieldStep | undefined {
  const name = key.slice(2);
  if (key.startsWith("f:")) {
    return { path: childPath(path, name), name, live: (live as Fields | null)?.[name] };
  }
  if (!Array.isArray(live)) return undefined;
  if (key.startsWith("k:")) {
    const pairs = JSON.parse(name) as Fields;
    const index = live.findIndex((item: Fields) =>
      Object.entries(pairs).every(([field, value]) => item[field] === value),
    );
    return index === -1 ? undefined : { path: itemPath(path, pairs), name: String(index), live: live[index] };
  }
  if (!key.startsWith("v:")) return undefined;
  const member: unknown = JSON.parse(name);
  const index = live.findIndex((item) => canonicalJson(item) === canonicalJson(member));
  return index === -1 ? undefined : { path: memberPath(path, member), name: String(index), live: live[index] };
}
