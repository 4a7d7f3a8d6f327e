import { type Environment, type Fleet, type Problem, selects } from "../../common/domain/index.ts";
import type { SourcePosition } from "../../common/errors.ts";
import { type DocumentPath, parseFleet } from "../../common/schema/index.ts";

export const fleetFile = "fleet.yaml";

export interface FleetResolution {
  /** Undefined when it cannot be used: the last good fleet stays in effect. */
  readonly fleet: Fleet | undefined;
  readonly problems: readonly Problem[];
  readonly locate: (path: DocumentPath) => SourcePosition;
}

/** `text`: fleet.yaml at the trunk's tip, undefined when there is none. */
export function resolveFleet(text: string | undefined, trunk: string): FleetResolution {
  if (text !== undefined) return parseFleet(text, fleetFile, trunk);
  const position: SourcePosition = { file: fleetFile };
  const message = `Missing file "${fleetFile}": expected it at the root of branch "${trunk}"`;
  return { fleet: undefined, problems: [{ severity: "error", message, position }], locate: () => position };
}

/** What is wrong with each environment's branch and selector, by environment; the others go on. */
export function environmentProblems(
  { fleet, locate }: FleetResolution,
  branches: Iterable<string>,
  clusters: readonly { readonly name: string; readonly labels: Readonly<Record<string, string>> }[],
): ReadonlyMap<string, readonly Problem[]> {
  const known = new Set(branches);
  const problemsIn = (environment: Environment, index: number): Problem[] => {
    const problems: Problem[] = [];
    if (!known.has(environment.branch)) {
      problems.push({
        severity: "error",
        message: `Branch "${environment.branch}" does not exist: expected it in the repository${
          environment.from.length === 0 ? "" : ` ('drover promote ${environment.name}' creates it)`
        }`,
        position: locate(["environments", index, "branch"]),
      });
    }
    if (!clusters.some(({ labels }) => selects(environment.clusters, labels))) {
      problems.push({
        severity: "warning",
        message:
          clusters.length === 0
            ? "No cluster has joined yet"
            : `No cluster matches ${shownSelector(environment)}: expected at least one of ${clusters.length}`,
        position: locate(["environments", index, "clusters"]),
      });
    }
    return problems;
  };
  return new Map((fleet?.environments ?? []).map((each, index) => [each.name, problemsIn(each, index)]));
}

function shownSelector({ clusters: { matchLabels, matchExpressions } }: Environment): string {
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const expressions = matchExpressions.map(({ key, operator, values }) =>
    values.length === 0 ? `${key} ${operator}` : `${key} ${operator} ${values.join("|")}`,
  );
  return `"${[...labels, ...expressions].join(", ")}"`;
}
