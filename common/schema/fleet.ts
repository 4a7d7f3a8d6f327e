import type { Environment, Fleet, Problem } from "../domain/index.ts";
import type { SourcePosition } from "../errors.ts";
import { type FleetFile, fleetSchema } from "./fleet-schema.ts";
import { parseFile } from "./parse-file.ts";
import { brokenLines } from "./promotion-lines.ts";
import { promotionOf, promotionProblems } from "./promotion-policy.ts";
import { rolloutOf } from "./rollout.ts";
import { tenantsOf } from "./tenants.ts";
import type { DocumentPath, YamlDocument } from "./yaml-document.ts";

export interface ParsedFleet {
  /** Undefined when there is an error. */
  readonly fleet: Fleet | undefined;
  readonly problems: readonly Problem[];
  /** Where a part of the file is, for what only shows later: locate(["environments", 1, "branch"]). */
  readonly locate: (path: DocumentPath) => SourcePosition;
}

/** `trunk`: the branch that an environment without `from` and `branch` tracks. */
export function parseFleet(text: string, file: string, trunk = "main"): ParsedFleet {
  const { content, document, problems } = parseFile(fleetSchema, text, file);
  if (content === undefined) return { fleet: undefined, problems, locate: document.locate };
  const rollouts = content.environments.map(({ rollout }, index) =>
    rolloutOf(rollout, document, ["environments", index, "rollout"]),
  );
  const environments = content.environments.map((written, index): Environment => {
    const { name, clusters, values } = written;
    const from = upstreamOf(written.from);
    const { maxDeletes, allowEmpty } = written.guards;
    return {
      name,
      branch: written.branch ?? (from.length === 0 ? trunk : `env/${name}`),
      from,
      clusters,
      values,
      guards: { maxDeletes, allowEmpty },
      promotion: from.length === 0 ? undefined : promotionOf(written.promotion),
      rollout: rollouts[index]?.policy,
    };
  });
  const found = [
    ...duplicates(content, environments, document),
    ...brokenLines(content, environments, document),
    ...promotionMistakes(content, document),
    ...sharedMistakes(environments, trunk, document),
    ...rollouts.flatMap(({ problems }) => problems),
  ];
  if (found.some(({ severity }) => severity === "error")) {
    return { fleet: undefined, problems: found, locate: document.locate };
  }
  const clusterValues = new Map(content.clusters.map(({ name, values }) => [name, values]));
  const tenants = tenantsOf(content.tenants);
  const fleet = { environments, applications: content.applications, clusterValues, tenants };
  return { fleet, problems: found, locate: document.locate };
}

/** Names that stand twice are errors; a branch that does is only odd. */
function duplicates(content: FleetFile, environments: readonly Environment[], document: YamlDocument): Problem[] {
  const problems: Problem[] = [];
  const repeated = (list: "environments" | "clusters" | "tenants", what: string) => {
    for (const [index, { name }] of content[list].entries()) {
      const first = content[list].findIndex((other) => other.name === name);
      if (first === index) continue;
      const { line } = document.locate([list, first, "name"]);
      problems.push({
        severity: "error",
        message: `Two ${what} named "${name}": expected unique names, the other one is in line ${line}`,
        position: document.locate([list, index, "name"]),
      });
    }
  };
  repeated("environments", "environments");
  repeated("clusters", "clusters");
  repeated("tenants", "tenants");
  for (const [index, { name, branch }] of environments.entries()) {
    const first = environments.find((other) => other.branch === branch);
    if (first === undefined || first.name === name) continue;
    problems.push({
      severity: "warning",
      message: `Environments "${first.name}" and "${name}" share the branch "${branch}": a change reaches both at once`,
      position: document.locate(["environments", index, "branch"]),
    });
  }
  return problems;
}

const upstreamOf = (from: FleetFile["environments"][number]["from"]): readonly string[] =>
  from === undefined ? [] : typeof from === "string" ? [from] : from;

/** The hub makes commits for these branches, and for a rendered one's `-next`: nobody else's may be one of them. */
function sharedMistakes(environments: readonly Environment[], trunk: string, document: YamlDocument): Problem[] {
  return environments.flatMap(({ name, branch, promotion }, index): Problem[] => {
    if (promotion === undefined || promotion.branch === "pointer") return [];
    const others = environments.filter((other) => other.name !== name);
    const isTaken = (each: string) => each === trunk || others.some((other) => other.branch === each);
    const own = promotion.branch === "rendered" ? [branch, `${branch}-next`] : [branch];
    const taken = own.find(isTaken);
    if (taken === undefined) return [];
    const message = `Branch "${taken}" is the trunk or another environment's: expected ${own.length === 1 ? "a branch" : 'a branch, and a "-next" of it,'} of its own for "${promotion.branch}"`;
    return [{ severity: "error", message, position: document.locate(["environments", index, "promotion", "branch"]) }];
  });
}

function promotionMistakes(content: FleetFile, document: YamlDocument): readonly Problem[] {
  return content.environments.flatMap(({ from, promotion }, index) =>
    promotion === undefined
      ? []
      : promotionProblems(promotion, from !== undefined, document, ["environments", index, "promotion"]),
  );
}
