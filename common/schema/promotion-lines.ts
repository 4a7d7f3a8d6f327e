import type { Environment, Problem } from "../domain/index.ts";
import type { FleetFile } from "./fleet-schema.ts";
import { nearest } from "./nearest.ts";
import type { YamlDocument } from "./yaml-document.ts";

/** Every `from` names environments that stand before it, so that promotion has a start and no circle. */
export function brokenLines(
  content: FleetFile,
  environments: readonly Environment[],
  document: YamlDocument,
): readonly Problem[] {
  const names = environments.map(({ name }) => name);
  return environments.flatMap(({ name, from }, index) =>
    from.flatMap((source, place): Problem[] => {
      const isList = typeof content.environments[index]?.from !== "string";
      const position = document.locate(["environments", index, "from", ...(isList ? [place] : [])]);
      const error = (message: string): Problem[] => [{ severity: "error", message, position }];
      if (from.indexOf(source) !== place) return error(`Environment "${source}" stands twice: expected it once`);
      const found = names.indexOf(source);
      if (found === -1) {
        const near = nearest(source, names);
        const hint = near === undefined ? "expected one listed before it" : `did you mean "${near}"?`;
        return error(`Unknown environment "${source}": ${hint}`);
      }
      if (found < index) return [];
      const circle = circleFrom(name, source, environments);
      if (circle !== undefined) return error(`Promotion runs in a circle: ${circle.join(" from ")}`);
      return error(`Environment "${source}" stands after "${name}": expected promotion order, "from" before its user`);
    }),
  );
}

/** The shortest way from an environment over one that it comes from back to itself. */
function circleFrom(name: string, source: string, environments: readonly Environment[]): readonly string[] | undefined {
  const sources = new Map(environments.map((environment) => [environment.name, environment.from]));
  const seen = new Set<string>();
  let ways: readonly (readonly string[])[] = [[name, source]];
  while (ways.length > 0) {
    const closed = ways.find((way) => way.at(-1) === name);
    if (closed !== undefined) return closed;
    ways = ways.flatMap((way) => {
      const end = way.at(-1) ?? "";
      if (seen.has(end)) return [];
      seen.add(end);
      return (sources.get(end) ?? []).map((next) => [...way, next]);
    });
  }
  return undefined;
}
