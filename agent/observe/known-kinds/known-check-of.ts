import type { KnownCheck, KnownGroups } from "./check.ts";
import { cloud } from "./cloud.ts";
import { data } from "./data.ts";
import { delivery } from "./delivery.ts";
import { network } from "./network.ts";
import { observability } from "./observability.ts";
import { platform } from "./platform.ts";
import { security } from "./security.ts";
import { serving } from "./serving.ts";
import { workloads } from "./workloads.ts";

/** By "group/kind", where either may be a pattern. */
export const areas: readonly KnownGroups[] = [
  security,
  delivery,
  network,
  cloud,
  data,
  workloads,
  serving,
  observability,
  platform,
];

const checks = byKind(areas);

/** The kind's own check, else its group's, else that of the narrowest group above. */
export function knownCheckOf(group: string, kind: string): KnownCheck | undefined {
  const own = checks.get(`${group}/${kind}`) ?? checks.get(`${group}/*`);
  if (own !== undefined) return own;
  for (let dot = group.indexOf("."); dot !== -1; dot = group.indexOf(".", dot + 1)) {
    const above = `*${group.slice(dot)}`;
    const found = checks.get(`${above}/${kind}`) ?? checks.get(`${above}/*`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function byKind(areas: readonly KnownGroups[]): ReadonlyMap<string, KnownCheck> {
  const found = new Map<string, KnownCheck>();
  for (const [group, kinds] of areas.flatMap((area) => Object.entries(area))) {
    for (const [names, check] of Object.entries(kinds)) {
      for (const name of names.split(" ")) found.set(`${group}/${name}`, check);
    }
  }
  return found;
}
