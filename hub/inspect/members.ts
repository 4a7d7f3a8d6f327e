import { AppError } from "../../common/errors.ts";
import { nearest } from "../../common/schema/index.ts";
import type { InspectionDependencies } from "./dependencies.ts";

/** The environment's clusters, sorted; or those that were named, if they are among them. NOT_FOUND. */
export function membersOf(
  { state, clustersOf }: Pick<InspectionDependencies, "state" | "clustersOf">,
  environment: string,
  named: readonly string[] | undefined,
): readonly string[] {
  if (!state.environments.has(environment)) {
    const meant = nearest(environment, [...state.environments.keys()]);
    const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
    throw new AppError("NOT_FOUND", `No such environment: "${environment}"${hint}`);
  }
  const members = [...clustersOf(environment)].sort();
  for (const cluster of named ?? []) {
    if (members.includes(cluster)) continue;
    throw new AppError(
      "NOT_FOUND",
      `Cluster "${cluster}" is not in environment "${environment}"; 'drover get clusters -e ${environment}' lists them`,
    );
  }
  return named === undefined ? members : [...new Set(named)].sort();
}
