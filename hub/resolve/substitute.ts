import {
  displayRef,
  type Manifest,
  type Problem,
  refOf,
  substituteAnnotations,
  type Values,
} from "../../common/domain/index.ts";
import { type DocumentPath, pathText } from "../../common/schema/index.ts";
import type { RenderedObject } from "../ports.ts";
import { positionOfSource, refuseAny } from "./refusal.ts";
import { fill, isPlain, type Lookup, parseTemplate, TemplateError, variablesIn } from "./template.ts";

/**
 * Fills in ${…} in all texts of the objects, field names included. As in Flux, a text that becomes a number or a boolean is
 * one afterwards (`replicas: ${n}`), unless it stands where Kubernetes only takes text (labels, annotations, data, names,
 * arguments, values of environment variables). Throws INVALID_ARGUMENT with every problem in `details.problems`.
 */
export function substitute(objects: readonly RenderedObject[], values: Values): readonly RenderedObject[] {
  const problems: Problem[] = [];
  const lookup: Lookup = (name) => (Object.hasOwn(values, name) ? values[name] : undefined);
  const filled = objects.map(({ manifest, source }) => {
    if (keepsItsText(manifest)) return { manifest, source };
    const onError = (path: DocumentPath, reason: string) => {
      const position = positionOfSource(source, pathText(path));
      const where = position === undefined ? ` at ${pathText(path)}` : "";
      const message = `Cannot fill in ${displayRef(refOf(manifest))}${where}: ${reason}`;
      problems.push({ severity: "error", message, ...(position === undefined ? {} : { position }) });
    };
    return { manifest: filledIn(manifest, [], { kind: manifest.kind, lookup, onError }) as Manifest, source };
  });
  refuseAny(problems);
  return filled;
}

/** Variables that the objects refer to. Where their values are equal, the objects are. Malformed text is left to `substitute`. */
export function usedVariables(objects: readonly RenderedObject[]): ReadonlySet<string> {
  const used = new Set<string>();
  const collect = (value: unknown): void => {
    if (typeof value === "string") {
      for (const name of variablesOf(value)) used.add(name);
    } else if (Array.isArray(value)) {
      for (const item of value) collect(item);
    } else if (value !== null && typeof value === "object") {
      for (const [field, inner] of Object.entries(value)) {
        collect(field);
        collect(inner);
      }
    }
  };
  for (const { manifest } of objects) if (!keepsItsText(manifest)) collect(manifest);
  return used;
}

/** Variables of one text; none for a malformed one. */
export function variablesOf(text: string): readonly string[] {
  if (!text.includes("${")) return [];
  try {
    return variablesIn(parseTemplate(text));
  } catch (thrown) {
    if (thrown instanceof TemplateError) return [];
    throw thrown;
  }
}

interface Filling {
  readonly kind: string;
  readonly lookup: Lookup;
  readonly onError: (path: DocumentPath, reason: string) => void;
}

function filledIn(value: unknown, path: DocumentPath, filling: Filling): unknown {
  if (typeof value === "string") {
    const text = filledText(value, path, filling);
    return text === value || onlyText(path, filling.kind) ? text : retyped(value, text);
  }
  if (Array.isArray(value)) return value.map((item, index) => filledIn(item, [...path, index], filling));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([field, inner]) => [
      filledText(field, [...path, field], filling),
      filledIn(inner, [...path, field], filling),
    ]),
  );
}

function filledText(text: string, path: DocumentPath, { lookup, onError }: Filling): string {
  if (!text.includes("${")) return text;
  try {
    return fill(parseTemplate(text), lookup);
  } catch (thrown) {
    if (!(thrown instanceof TemplateError)) throw thrown;
    onError(path, thrown.message);
    return text;
  }
}

/** Only what reads back as the same text changes its type: "1.10" and "007" stay text, nothing is lost. */
function retyped(written: string, text: string): unknown {
  if (isPlain(parseTemplate(written))) return text;
  if (text === "true") return true;
  if (text === "false") return false;
  const number = Number(text);
  return text !== "" && Number.isFinite(number) && String(number) === text ? number : text;
}

const mapsOfText = new Set(["labels", "annotations", "matchLabels", "nodeSelector"]);
const dataOfText = new Set(["data", "stringData", "binaryData"]);
const fieldsOfText = new Set(["name", "namespace", "image"]);

/** Where the API server takes nothing but text. */
function onlyText(path: DocumentPath, kind: string): boolean {
  const field = path.at(-1);
  const parent = path.at(-2);
  if (typeof field === "number") return parent === "command" || parent === "args";
  if (typeof parent === "string" && mapsOfText.has(parent)) return true;
  if (path.length === 2 && typeof parent === "string" && dataOfText.has(parent)) {
    return kind === "ConfigMap" || kind === "Secret";
  }
  if (field === "value") return path.at(-3) === "env";
  return field !== undefined && fieldsOfText.has(field);
}

function keepsItsText({ metadata: { annotations, labels } }: Manifest): boolean {
  return substituteAnnotations.some((key) => annotations?.[key] === "disabled" || labels?.[key] === "disabled");
}
