import type { Problem } from "../../common/domain/index.ts";
import { nearest } from "../../common/schema/index.ts";
import type { ResolvedApplication } from "./resolved-application.ts";

/** What is wrong with `dependsOn`, by application: unknown names and circles. */
export function dependencyProblems(
  resolved: readonly ResolvedApplication[],
  known: ReadonlySet<string>,
): ReadonlyMap<string, readonly Problem[]> {
  const dependencies = new Map(resolved.map(({ application }) => [application.name, application.dependsOn]));
  const found = new Map<string, Problem[]>();
  for (const { application, locate } of resolved) {
    const problems = application.dependsOn.flatMap((dependency, index): Problem[] => {
      const position = locate(["spec", "dependsOn", index]);
      if (!known.has(dependency)) {
        const near = nearest(dependency, known);
        const hint = near === undefined ? "expected an application of this environment" : `did you mean "${near}"?`;
        return [{ severity: "error", message: `Unknown application "${dependency}": ${hint}`, position }];
      }
      const circle = pathTo(application.name, dependency, dependencies);
      if (circle === undefined) return [];
      const message = `Applications wait for each other: ${[application.name, ...circle].join(" → ")}`;
      return [{ severity: "error", message, position }];
    });
    if (problems.length > 0) found.set(application.name, problems);
  }
  return found;
}

/** Shortest way along dependencies from `from` to `goal`, both included. */
function pathTo(
  goal: string,
  from: string,
  dependencies: ReadonlyMap<string, readonly string[]>,
): readonly string[] | undefined {
  const seen = new Set([from]);
  const ways: string[][] = [[from]];
  for (const way of ways) {
    const last = way.at(-1) ?? from;
    if (last === goal) return way;
    for (const next of dependencies.get(last) ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      ways.push([...way, next]);
    }
  }
  return undefined;
}
