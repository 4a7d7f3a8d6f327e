import type { Application, Environment, Fleet, Problem } from "../../common/domain/index.ts";

/**
 * An application that came to render nothing: most likely a mistake, whose price would be all its objects. An error (what runs
 * stays) when it had objects and does not say `allowEmpty`; a warning when it never had any; else undefined.
 */
export function emptyApplicationProblem(
  { name, path, file, allowEmpty }: Application,
  counts: { readonly objects: number; readonly before: number },
): Problem | undefined {
  if (counts.objects > 0 || allowEmpty) return undefined;
  const folder = path === "" ? "the root of the repository" : `"${path}"`;
  if (counts.before === 0) {
    const message = `Application "${name}" renders to nothing: expected manifests in ${folder}`;
    return { severity: "warning", message, position: { file, path: "spec.path" } };
  }
  return {
    severity: "error",
    message: `Application "${name}" renders to nothing, it had ${objectCount(counts.before)}: expected manifests in ${folder}, or "allowEmpty: true" to delete them`,
    position: { file, path: "spec.allowEmpty" },
  };
}

/**
 * An environment left without applications although it had some. Deliberate only as an empty list of globs in fleet.yaml, or
 * where its guards allow it.
 * `applications`: those found, refused ones included.
 */
export function emptyEnvironmentProblem(
  { name: environment, guards }: Pick<Environment, "name" | "guards">,
  fleet: Pick<Fleet, "applications">,
  counts: { readonly applications: number; readonly before: number },
): Problem | undefined {
  if (counts.applications > 0 || guards.allowEmpty || fleet.applications.length === 0) return undefined;
  const globs = fleet.applications.map((glob) => `"${glob}"`).join(", ");
  if (counts.before === 0) {
    const message = `Environment "${environment}" has no applications: no file matches ${globs}`;
    return { severity: "warning", message, position: { file: "fleet.yaml", path: "applications" } };
  }
  return {
    severity: "error",
    message: `Environment "${environment}" has no applications any more, it had ${counts.before}: no file matches ${globs}, write "guards: { allowEmpty: true }" at the environment, or "applications: []" for all, to take all away`,
    position: { file: "fleet.yaml", path: "applications" },
  };
}

function objectCount(count: number): string {
  return count === 1 ? "1 object" : `${count} objects`;
}
