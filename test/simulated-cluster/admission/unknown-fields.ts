import { isList, isObject, type Json } from "../json.ts";
import { fieldNode, type LeafNode, type Node, nodeFor } from "../schema/node.ts";
import { itemElement, pathText } from "../ssa/path-element.ts";

export interface SchemaProblem {
  /** "spec.template.spec.containers[0].imagee" */
  readonly path: string;
  /** ".spec.template.spec.containers[name=\"web\"].imagee" */
  readonly applyPath: string;
  readonly problem: "unknown" | "type";
  readonly expected: string;
  readonly found: Json;
}

/** Fields that the schema does not know or that have the wrong type. */
export function schemaProblems(node: Node, value: Json): SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  visit(node, value, "", "", problems);
  return problems;
}

function visit(declared: Node, value: Json, path: string, applyPath: string, problems: SchemaProblem[]): void {
  if (value === null) return;
  const node = nodeFor(declared, value);
  const mistyped = (expected: string) => problems.push({ path, applyPath, problem: "type", expected, found: value });
  if (node.type === "leaf") {
    if (!fits(node, value)) mistyped(node.leaf);
    return;
  }
  if (node.type === "list") {
    if (!isList(value)) return void mistyped("list");
    for (const [index, item] of value.entries()) {
      const element = node.merge === "atomic" ? `i:${index}` : itemElement(node, item);
      visit(node.item(), item, `${path}[${index}]`, applyPath + pathText([element]), problems);
    }
    return;
  }
  if (!isObject(value)) return void mistyped("map");
  for (const [name, child] of Object.entries(value)) {
    const field = fieldNode(node, name);
    const at = path === "" ? name : `${path}.${name}`;
    if (field === undefined) {
      problems.push({ path: at, applyPath: `${applyPath}.${name}`, problem: "unknown", expected: "", found: child });
    } else visit(field, child, at, `${applyPath}.${name}`, problems);
  }
}

function fits({ leaf }: LeafNode, value: Json): boolean {
  switch (leaf) {
    case "string":
    case "bytes":
    case "time":
      return typeof value === "string";
    case "integer":
      return typeof value === "number" && Number.isInteger(value);
    case "number":
      return typeof value === "number";
    case "boolean":
      return typeof value === "boolean";
    case "quantity":
    case "int-or-string":
      return typeof value === "string" || typeof value === "number";
    case "any":
      return true;
  }
}
