import { isList, isObject, type Json } from "../json.ts";
import { fieldNode, type ListNode, type Node, nodeFor } from "../schema/node.ts";
import { itemElement } from "./path-element.ts";

/** Lays an applied configuration over the live value: what the configuration does not state stays. */
export function merge(declared: Node, live: Json | undefined, applied: Json): Json {
  const node = nodeFor(declared, applied);
  if (live === undefined) return applied;
  if (node.type === "list" && isList(live) && isList(applied) && node.merge !== "atomic") {
    return mergeLists(node, live, applied);
  }
  if (node.type === "object" && isObject(live) && isObject(applied) && !node.atomic) {
    const result: Record<string, Json> = { ...live };
    for (const [name, value] of Object.entries(applied)) {
      const field = fieldNode(node, name);
      result[name] = field === undefined ? value : merge(field, live[name], value);
    }
    return result;
  }
  return applied;
}

/** Applied items come in their order; live-only items keep their place among them. */
function mergeLists(node: ListNode, live: readonly Json[], applied: readonly Json[]): Json[] {
  const before = new Map(live.map((item) => [itemElement(node, item), item]));
  const wanted = new Map(applied.map((item) => [itemElement(node, item), item]));
  const liveOrder = [...before.keys()];
  const wantedOrder = [...wanted.keys()];
  const shared = wantedOrder.filter((element) => before.has(element));
  const done = new Set<string>();
  const result: Json[] = [];
  const take = (element: string) => {
    const item = wanted.get(element);
    if (item === undefined) return;
    done.add(element);
    result.push(merge(node.item(), before.get(element), item));
    if (shared[0] === element) shared.shift();
  };
  for (let l = 0, w = 0; l < liveOrder.length || w < wantedOrder.length; ) {
    const mine = liveOrder[l];
    const next = wantedOrder[w];
    if (mine !== undefined && next !== undefined) {
      if (mine === next) {
        take(next);
        l++;
        w++;
        continue;
      }
      if (wanted.has(mine) && shared[0] !== undefined && shared[0] !== mine) {
        l++;
        continue;
      }
    }
    if (mine !== undefined) {
      if (!wanted.has(mine)) {
        result.push(before.get(mine) as Json);
        l++;
        continue;
      }
      if (done.has(mine)) l++;
    }
    if (next !== undefined) {
      if (!done.has(next)) take(next);
      w++;
    }
  }
  return result;
}
