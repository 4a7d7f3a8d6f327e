import { isObject, type Json } from "../json.ts";
import { type ListNode, nodeFor } from "../schema/node.ts";

/**
 * One step of a path as managedFields writes it: `f:name`, `k:{"name":"web"}` (item of a keyed list), `v:"x"` (member of
 * a set), `i:0`.
 */
export type PathElement = string;

export function fieldElement(name: string): PathElement {
  return `f:${name}`;
}

/** Tells an item of a merging list from its siblings. A missing key counts as its declared default, or as null. */
export function itemElement(list: ListNode, item: Json): PathElement {
  if (list.merge === "set") return `v:${JSON.stringify(item)}`;
  const node = nodeFor(list.item(), item);
  const defaults = node.type === "object" ? node.defaults : {};
  const key: Record<string, Json> = {};
  for (const name of [...list.keys].sort()) {
    const value = isObject(item) ? item[name] : undefined;
    const found = value ?? defaults[name];
    if (found !== undefined) key[name] = found;
  }
  return `k:${JSON.stringify(key)}`;
}

/** `.spec.containers[name="web"].image`, as conflicts name fields. */
export function pathText(path: readonly PathElement[]): string {
  return path.map(elementText).join("");
}

function elementText(element: PathElement): string {
  const rest = element.slice(2);
  if (element.startsWith("f:")) return `.${rest}`;
  if (element.startsWith("k:")) {
    const key = JSON.parse(rest) as Record<string, Json>;
    return `[${Object.entries(key)
      .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
      .join(",")}]`;
  }
  return element.startsWith("v:") ? `[=${rest}]` : `[${rest}]`;
}
