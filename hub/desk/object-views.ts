import type { ApplicationStatus, DriftRecord, DriftView, ObjectStatus, ObjectView } from "../../common/domain/index.ts";
import type { ViewFilter } from "../surfaces.ts";
import { keysOf } from "./application-keys.ts";
import type { FleetState } from "./fleet-state.ts";

/** Objects that one cluster reported. */
export function objectViews(state: FleetState, cluster: string, filter: ViewFilter): ObjectView[] {
  const statuses = state.statuses.get(cluster);
  const revisions = new Map<string, string>();
  return entries<ObjectStatus>(state, cluster, "object", filter, ({ ref }) => ref.name).map(
    ({ environment, application, value }) => {
      const { status } = keysOf(environment, application);
      let revision = revisions.get(status);
      if (revision === undefined) {
        revision = (statuses?.get(status) as ApplicationStatus | undefined)?.revision ?? "";
        revisions.set(status, revision);
      }
      const { ref, sync, health, message } = value;
      return { environment, cluster, application, ...ref, revision, sync, health, message };
    },
  );
}

/** Drift that one cluster reported. */
export function driftViews(state: FleetState, cluster: string, filter: ViewFilter): DriftView[] {
  return entries<DriftRecord>(state, cluster, "drift", filter, ({ object }) => object.name).map(
    ({ environment, application, value }) => ({ environment, cluster, application, ...value }),
  );
}

interface Entry<T> {
  readonly environment: string;
  readonly application: string;
  readonly value: T;
}

/** Report keys are "kind/environment/application/…": a prefix test tells most of them apart without taking them to pieces. */
function entries<T>(
  state: FleetState,
  cluster: string,
  kind: "object" | "drift",
  filter: ViewFilter,
  nameOf: (value: T) => string,
): Entry<T>[] {
  const start = filter.environment === undefined ? `${kind}/` : `${kind}/${filter.environment}/`;
  const prefix =
    filter.environment === undefined || filter.application === undefined ? start : `${start}${filter.application}/`;
  const found: Entry<T>[] = [];
  for (const [key, value] of state.statuses.get(cluster) ?? []) {
    if (!key.startsWith(prefix)) continue;
    if (filter.name !== undefined && nameOf(value as T) !== filter.name) continue;
    const afterEnvironment = key.indexOf("/", kind.length + 1);
    const afterApplication = key.indexOf("/", afterEnvironment + 1);
    if (afterEnvironment === -1 || afterApplication === -1) continue;
    const application = key.slice(afterEnvironment + 1, afterApplication);
    if (filter.application !== undefined && filter.application !== application) continue;
    found.push({ environment: key.slice(kind.length + 1, afterEnvironment), application, value: value as T });
  }
  return found;
}
