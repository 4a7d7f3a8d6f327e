import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import type { Problem } from "../domain/index.ts";
import type { SourcePosition } from "../errors.ts";

/** Steps from the root of a document: field names and list indexes. */
export type DocumentPath = readonly (string | number)[];

/** A YAML file with one document, as plain values and with the line of every part. */
export interface YamlDocument {
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** Position of the part at `path`, or of its nearest ancestor that is written down. */
  readonly locate: (path: DocumentPath) => SourcePosition;
}

export function parseYamlDocument(text: string, file: string): YamlDocument {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, merge: true, uniqueKeys: true });
  const lineAt = (offset: number) => counter.linePos(offset).line;
  const problems = [...document.errors, ...document.warnings].map(({ code, message, pos }): Problem => {
    const line = lineAt(pos[0]);
    if (code === "DUPLICATE_KEY") {
      const key = /^[^\s:]+/.exec(text.slice(pos[0]))?.[0] ?? "";
      return { severity: "error", message: `Duplicate field "${key}": expected it once`, position: { file, line } };
    }
    if (code === "MULTIPLE_DOCS") {
      return {
        severity: "error",
        message: 'More than one document: expected a single one, without "---" in between',
        position: { file, line },
      };
    }
    return { severity: "error", message: `YAML syntax error: ${sentence(message)}`, position: { file, line } };
  });

  const lines = new Map<string, number>();
  let value: unknown;
  if (problems.length === 0) {
    collectLines(document.contents, [], lineAt, lines);
    try {
      value = document.toJS({ maxAliasCount: 100 });
    } catch (thrown) {
      // An alias without its anchor, or aliases that unfold beyond all measure.
      const message = thrown instanceof Error ? sentence(thrown.message) : String(thrown);
      problems.push({ severity: "error", message: `YAML syntax error: ${message}`, position: { file, line: 1 } });
    }
  }

  return {
    value,
    problems,
    locate(path) {
      for (let length = path.length; length > 0; length--) {
        const line = lines.get(pathText(path.slice(0, length)));
        if (line !== undefined) return { file, line, path: pathText(path) };
      }
      return { file, line: 1, ...(path.length === 0 ? {} : { path: pathText(path) }) };
    },
  };
}

/** "environments[1].branch"; a field with dots or slashes stands in brackets: "metadata.labels[app.kubernetes.io/name]". */
export function pathText(path: DocumentPath): string {
  return path
    .map((step, index) => {
      if (typeof step === "number") return `[${step}]`;
      if (!/^[A-Za-z_$][\w$-]*$/.test(step)) return `[${step}]`;
      return index === 0 ? step : `.${step}`;
    })
    .join("");
}

function collectLines(
  node: unknown,
  path: DocumentPath,
  lineAt: (offset: number) => number,
  lines: Map<string, number>,
): void {
  if (isMap(node)) {
    for (const { key, value } of node.items) {
      if (!isScalar(key)) continue;
      const inner = [...path, String(key.value)];
      record(key, inner, lineAt, lines);
      collectLines(value, inner, lineAt, lines);
    }
  } else if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) {
      const inner = [...path, index];
      if (isMap(item) || isSeq(item) || isScalar(item) || isAlias(item)) record(item, inner, lineAt, lines);
      collectLines(item, inner, lineAt, lines);
    }
  }
}

function record(node: Node, path: DocumentPath, lineAt: (offset: number) => number, lines: Map<string, number>): void {
  if (node.range) lines.set(pathText(path), lineAt(node.range[0]));
}

function sentence(message: string): string {
  const text = message.replace(/\.$/, "");
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
