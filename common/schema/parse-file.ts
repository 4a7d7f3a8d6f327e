import type { z } from "zod";
import type { Problem } from "../domain/index.ts";
import { problemsOfIssues } from "./issues.ts";
import { parseYamlDocument, type YamlDocument } from "./yaml-document.ts";

export interface ParsedFile<T> {
  /** Undefined when it does not fit the schema. */
  readonly content: T | undefined;
  readonly document: YamlDocument;
  readonly problems: readonly Problem[];
}

export function parseFile<S extends z.ZodType>(schema: S, text: string, file: string): ParsedFile<z.output<S>> {
  const document = parseYamlDocument(text, file);
  if (document.problems.length > 0) return { content: undefined, document, problems: document.problems };
  if (document.value === null || document.value === undefined) {
    const problem: Problem = {
      severity: "error",
      message: "Empty file: expected a mapping",
      position: { file, line: 1 },
    };
    return { content: undefined, document, problems: [problem] };
  }
  const result = schema.safeParse(document.value);
  if (result.success) return { content: result.data, document, problems: [] };
  return { content: undefined, document, problems: problemsOfIssues(schema, result.error.issues, document) };
}
