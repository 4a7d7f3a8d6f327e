import { LineCounter, parseAllDocuments, type ScalarTag, type Tags } from "yaml";
import { canonicalJson, digestOf, isHookByAnnotations, type Manifest } from "../../common/domain/index.ts";

/** What is written in one file, without the file's name: the same content may stand in several places. */
export interface ParsedManifests {
  readonly objects: readonly { readonly manifest: Manifest; readonly line: number }[];
  readonly problems: readonly { readonly message: string; readonly line: number; readonly path?: string }[];
}

/** Objects of a YAML or JSON file: several documents, lists taken apart, empty documents and Drover's own files left out. */
export function parseManifests(text: string): ParsedManifests {
  const objects: { manifest: Manifest; line: number }[] = [];
  const problems: { message: string; line: number; path?: string }[] = [];
  for (const { value, line, errors } of documentsOf(text)) {
    problems.push(...errors);
    if (errors.length > 0 || value === null || value === undefined) continue;
    for (const { item, path } of itemsOf(value)) {
      const found = problemOf(item, path);
      if (found !== undefined) problems.push({ ...found, line });
      else if (!isDroversOwn(item as Manifest)) objects.push({ manifest: named(item as Manifest), line });
    }
  }
  return { objects, problems };
}

interface WrittenDocument {
  readonly value: unknown;
  readonly line: number;
  readonly errors: readonly { readonly message: string; readonly line: number }[];
}

/** The syntax tree takes about fifty times the text: a larger file would endanger the hub. */
const maxYamlBytes = 10 * 1024 * 1024;

function documentsOf(text: string): readonly WrittenDocument[] {
  const json = parseJson(text);
  if (json !== undefined) return [{ value: json, line: 1, errors: [] }];
  if (text.length > maxYamlBytes) {
    const message = `File is too large: expected at most ${maxYamlBytes} characters of YAML, got ${text.length}`;
    return [{ value: undefined, line: 1, errors: [{ message, line: 1 }] }];
  }
  const counter = new LineCounter();
  const lineAt = (offset: number) => counter.linePos(offset).line;
  const documents = parseAllDocuments(text, {
    lineCounter: counter,
    prettyErrors: false,
    merge: true,
    customTags: scalarTags,
  });
  // An empty stream is an array too, with the parse state beside it.
  if (!Array.isArray(documents)) return [];
  return documents.map((document): WrittenDocument => {
    const errors = [...document.errors, ...document.warnings].map(({ message, pos }) => ({
      message: `YAML syntax error: ${lowered(message)}`,
      line: lineAt(pos[0]),
    }));
    const line = lineAt(document.contents?.range?.[0] ?? document.range[0]);
    if (errors.length > 0) return { value: undefined, line, errors };
    try {
      return { value: document.toJS({ maxAliasCount: 100 }), line, errors };
    } catch (thrown) {
      const message = thrown instanceof Error ? lowered(thrown.message) : String(thrown);
      return { value: undefined, line, errors: [{ message: `YAML syntax error: ${message}`, line }] };
    }
  });
}

/** Most of JSON is YAML, but JSON is read a hundred times faster. Undefined: no JSON; the YAML parser says where. */
function parseJson(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Scalars as kustomize reads them: YAML 1.2, but a leading zero means octal ("defaultMode: 0644"), and what JSON cannot say
 * exactly is an error or text, never another value.
 */
export function scalarTags(tags: Tags): Tags {
  const int = "tag:yaml.org,2002:int";
  const octal: ScalarTag = {
    tag: int,
    default: true,
    test: /^[-+]?0[0-7]+$/,
    resolve: (text) => Number.parseInt(text, 8),
  };
  const decimal: ScalarTag = {
    tag: int,
    default: true,
    test: /^[-+]?[0-9]+$/,
    resolve(text, onError) {
      const value = Number(text);
      if (!Number.isSafeInteger(value)) onError(`"${text}" is too large for a number, write it in quotes`);
      return value;
    },
  };
  const replaced = (tag: Tags[number]) =>
    typeof tag === "object" && "test" in tag && ["10", ".nan"].some((sample) => tag.test?.test(sample) === true);
  const others = tags.filter((tag) => !replaced(tag));
  return [octal, decimal, ...others];
}

function itemsOf(value: unknown): readonly { readonly item: unknown; readonly path: string }[] {
  const { kind, items } = value as { kind?: unknown; items?: unknown };
  if (typeof kind !== "string" || !kind.endsWith("List") || !Array.isArray(items)) return [{ item: value, path: "" }];
  return items.flatMap((item: unknown, index) =>
    itemsOf(item ?? {}).map((inner) => {
      const path = `items[${index}]`;
      return { item: inner.item, path: inner.path === "" ? path : `${path}.${inner.path}` };
    }),
  );
}

function problemOf(item: unknown, path: string): { message: string; path: string } | undefined {
  const at = (field: string) => (path === "" ? field : `${path}.${field}`);
  if (item === null || typeof item !== "object" || Array.isArray(item)) {
    return { message: `Expected a Kubernetes object: got ${JSON.stringify(item).slice(0, 80)}`, path };
  }
  const { apiVersion, kind, metadata } = item as Record<string, unknown>;
  if (!isText(apiVersion)) return expectedText("apiVersion", apiVersion, 'such as "apps/v1"', at);
  if (!isText(kind)) return expectedText("kind", kind, 'such as "Deployment"', at);
  if (metadata === null || typeof metadata !== "object" || Array.isArray(metadata)) {
    return { message: `Missing field "metadata" of ${kind}: expected a mapping with a name`, path: at("metadata") };
  }
  const { name, namespace, generateName } = metadata as Record<string, unknown>;
  const isNamedLater = name === undefined && isText(generateName) && isHook(metadata);
  if (name === undefined && generateName !== undefined && !isNamedLater) {
    const message = `Field "generateName" of ${kind}: expected "name", what Git describes has the same name each time`;
    return { message, path: at("metadata.generateName") };
  }
  if (!isNamedLater && !isText(name)) return expectedText("metadata.name", name, `of ${kind}`, at);
  if (namespace !== undefined && namespace !== null && typeof namespace !== "string") {
    return expectedText("metadata.namespace", namespace, `of ${kind} ${isNamedLater ? generateName : name}`, at);
  }
  return undefined;
}

/** A hook runs anew each time, so it may leave its name open: then it has one of its own for each content. */
function named(manifest: Manifest): Manifest {
  const { generateName, ...metadata } = manifest.metadata;
  if (typeof metadata.name === "string" || typeof generateName !== "string") return manifest;
  const name = `${generateName}${digestOf(canonicalJson(manifest)).slice(0, 8)}`;
  return { ...manifest, metadata: { ...metadata, name } };
}

function isHook(metadata: object): boolean {
  const { annotations } = metadata as { annotations?: Readonly<Record<string, unknown>> | null };
  return isHookByAnnotations(annotations ?? {});
}

function expectedText(field: string, value: unknown, example: string, at: (field: string) => string) {
  const message =
    value === undefined || value === null || value === ""
      ? `Missing field "${field}": expected text ${example}`
      : `Expected text for "${field}" ${example}: got ${JSON.stringify(value)}`;
  return { message, path: at(field) };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isDroversOwn({ apiVersion, kind }: Manifest): boolean {
  return apiVersion.startsWith("drover.dev/") && (kind === "Application" || kind === "Fleet");
}

function lowered(message: string): string {
  return message.slice(0, 1).toLowerCase() + message.slice(1).replace(/\.$/, "");
}
