import {
  type Application,
  canonicalJson,
  type Environment,
  type Fleet,
  type Values,
} from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import { joinPath } from "../../common/schema/index.ts";
import type { TreeEntry } from "../ports.ts";
import type { ResolvedApplication } from "./resolved-application.ts";
import { variablesOf } from "./substitute.ts";
import { fill, parseTemplate, TemplateError } from "./template.ts";

/** Values for ${…}: those of the application win over the cluster's, these over the environment's, these over the built-in ones. */
export function valuesFor(fleet: Fleet, environment: Environment, cluster: string, application: Application): Values {
  return {
    environment: environment.name,
    cluster,
    ...environment.values,
    ...fleet.clusterValues.get(cluster),
    ...application.substitute,
  };
}

/** Equal for two clusters exactly when all variables in `used` have equal values: one rendering serves both. */
export function valuesKey(used: Iterable<string>, values: Values): string {
  return canonicalJson(Object.fromEntries([...new Set(used)].map((name) => [name, values[name] ?? null])));
}

/** Variables in the folder's name: the only values that rendering itself depends on. */
export function folderVariables({ path }: Application): readonly string[] {
  return variablesOf(path);
}

/** Matches every folder that some cluster of the environment could be led to. */
export function folderPattern({ path }: Application, { name }: Environment): RegExp {
  const parts = parseTemplate(path).map((part) => {
    if (typeof part === "string") return escaped(part);
    return part.name === "environment" && part.operator === "value" ? escaped(name) : ".+";
  });
  return new RegExp(`^${parts.join("")}$`);
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

/** Folders of a tree; "" is the root. */
export function foldersOf(entries: readonly TreeEntry[]): ReadonlySet<string> {
  return new Set(["", ...entries.filter(({ mode }) => mode === "tree").map(({ path }) => path)]);
}

/**
 * The folder to render for these values. Throws AppError at spec.path: INVALID_ARGUMENT (a variable without value, a folder
 * outside the repository), NOT_FOUND (no such folder in this revision).
 */
export function folderFor(
  { application, locate }: ResolvedApplication,
  values: Values,
  folders: ReadonlySet<string>,
): string {
  const position = locate(["spec", "path"]);
  const path = filled(application.path, values, (reason) => {
    throw new AppError("INVALID_ARGUMENT", `Cannot fill in "${application.path}": ${reason}`, { position });
  });
  const folder = joinPath("", path);
  if (folder === undefined) {
    throw new AppError("INVALID_ARGUMENT", `Expected a folder inside the repository: got "${path}"`, { position });
  }
  if (!folders.has(folder)) throw new AppError("NOT_FOUND", `Missing folder "${folder}"`, { position });
  return folder;
}

function filled(text: string, values: Values, refuse: (reason: string) => never): string {
  try {
    return fill(parseTemplate(text), (name) => (Object.hasOwn(values, name) ? values[name] : undefined));
  } catch (thrown) {
    if (thrown instanceof TemplateError) return refuse(thrown.message);
    throw thrown;
  }
}
