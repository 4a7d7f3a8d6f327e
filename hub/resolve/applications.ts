import picomatch from "picomatch";
import type { Problem } from "../../common/domain/index.ts";
import { parseApplication } from "../../common/schema/index.ts";
import type { TreeEntry } from "../ports.ts";
import { dependencyProblems } from "./dependencies.ts";
import type { ResolvedApplication } from "./resolved-application.ts";

/** The files that describe applications, by the globs of fleet.yaml. */
export function applicationFiles(globs: readonly string[], entries: readonly TreeEntry[]): readonly TreeEntry[] {
  if (globs.length === 0) return [];
  const matches = picomatch([...globs]);
  return entries.filter(({ path, mode }) => (mode === "file" || mode === "executable") && matches(path));
}

/** Cannot be used now: what runs of it stays. */
export interface RefusedApplication {
  readonly file: string;
  /** Undefined when the file does not even tell its name. */
  readonly name: string | undefined;
  readonly problems: readonly Problem[];
}

export interface ApplicationsResolution {
  /** Sorted by name. */
  readonly applications: readonly ResolvedApplication[];
  readonly refused: readonly RefusedApplication[];
}

/** Every file is judged for itself: one wrong application never stops another. */
export function resolveApplications(
  files: readonly { readonly path: string; readonly text: string }[],
): ApplicationsResolution {
  const parsed = files.map(({ path, text }) => ({ file: path, ...parseApplication(text, path) }));
  const filesByName = groupFiles(parsed);
  const refused: RefusedApplication[] = [];
  const readable: ResolvedApplication[] = [];
  for (const { file, name, application, problems, locate } of parsed) {
    const others = name === undefined ? [] : (filesByName.get(name) ?? []).filter((other) => other !== file);
    const twice = others.map(
      (other): Problem => ({
        severity: "error",
        message: `Two applications named "${name}": expected unique names, the other one is in "${other}"`,
        position: locate(["metadata", "name"]),
      }),
    );
    if (application !== undefined && twice.length === 0) readable.push({ application, locate });
    else refused.push({ file, name, problems: [...problems, ...twice] });
  }

  // A refused application still exists: to depend on it is no mistake.
  const names = new Set(filesByName.keys());
  const broken = dependencyProblems(readable, names);
  for (const { application } of readable) {
    const problems = broken.get(application.name);
    if (problems !== undefined) refused.push({ file: application.file, name: application.name, problems });
  }
  return {
    applications: readable
      .filter(({ application }) => !broken.has(application.name))
      .sort((left, right) => (left.application.name < right.application.name ? -1 : 1)),
    refused,
  };
}

function groupFiles(parsed: readonly { file: string; name: string | undefined }[]): Map<string, string[]> {
  const files = new Map<string, string[]>();
  for (const { file, name } of parsed) {
    if (name !== undefined) files.set(name, [...(files.get(name) ?? []), file]);
  }
  return files;
}

/**
 * Applications that keep what runs of them, with the reason: refused ones and, while a file does not tell its name, those that
 * came from this file or are now nowhere to be found. Absence in a broken state never deletes.
 */
export function heldApplications(
  previous: readonly { readonly name: string; readonly file: string }[],
  { applications, refused }: ApplicationsResolution,
): ReadonlyMap<string, RefusedApplication> {
  const held = new Map<string, RefusedApplication>();
  const nameless = refused.filter(({ name }) => name === undefined);
  const present = new Set(applications.map(({ application }) => application.name));
  for (const { name, file } of previous) {
    if (present.has(name)) continue;
    const own =
      refused.find((each) => each.name === name && each.file === file) ?? refused.find((each) => each.name === name);
    const cause = own ?? nameless.find((each) => each.file === file) ?? nameless[0];
    if (cause !== undefined) held.set(name, cause);
  }
  return held;
}
