import { canonicalJson, digestOf, type Environment, type Fleet } from "../../common/domain/index.ts";

/** What fleet.yaml says that goes into the content of an environment's clusters: it changes wave by wave, as a commit does. */
export interface Settings extends Pick<Environment, "values" | "guards">, Pick<Fleet, "applications" | "tenants"> {
  /** Of all clusters, by name; those without any are left out. */
  readonly clusterValues: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Clusters of the environment at that time. */
  readonly members: readonly string[];
}

export function settingsOf(fleet: Fleet, { values, guards }: Environment, members: readonly string[]): Settings {
  const { applications, tenants, clusterValues } = fleet;
  return { values, guards, applications, tenants, clusterValues: Object.fromEntries(clusterValues), members };
}

/** Nothing has changed for the clusters that both know: one that joins brings its own values along, which is no change. */
export function sameSettings(before: Settings, now: Settings): boolean {
  const members = new Set(now.members);
  const both = before.members.filter((name) => members.has(name));
  const relevant = ({ clusterValues, ...rest }: Settings) =>
    canonicalJson({ ...rest, members: both, clusters: both.map((name) => clusterValues[name] ?? {}) });
  return relevant(before) === relevant(now);
}

/** Equal for equal settings, whoever is in the environment. */
export function settingsId(settings: Settings): string {
  return digestOf(canonicalJson({ ...settings, members: [] })).slice(0, 8);
}

/** Fleet and environment as they were with these settings; a cluster that was not there then has its present values. */
export function withSettings(
  fleet: Fleet,
  environment: Environment,
  settings: Settings,
): { readonly fleet: Fleet; readonly environment: Environment } {
  const { values, guards, applications, tenants } = settings;
  const clusterValues = new Map(fleet.clusterValues);
  for (const name of settings.members) clusterValues.set(name, settings.clusterValues[name] ?? {});
  return { fleet: { ...fleet, applications, tenants, clusterValues }, environment: { ...environment, values, guards } };
}
