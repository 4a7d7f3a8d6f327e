import { inventoryLabel, type Manifest, refKey, systemNamespace } from "../../common/domain/index.ts";
import {
  type ApplicationInventory,
  type Inventory,
  type InventoryEntry,
  type KeptPolicy,
  type Standing,
  standings,
} from "./entry.ts";
import { keptPolicy } from "./sets.ts";

/** [group, kind, namespace, name, apiVersion, uid, digest, fieldsHash]: a third of the size of an object with names. */
type Row = readonly [string, string, string, string, string, string, string, string];

interface ApplicationText extends Omit<KeptPolicy, "serviceAccount"> {
  /** Absent for the agent's own. */
  readonly serviceAccount?: string;
  readonly objects: readonly Row[];
  /** By refKey; few have one. */
  readonly standing?: Readonly<Record<string, Standing>>;
}

/** Which part holds an entry, by application and refKey. */
export type Placement = ReadonlyMap<string, number>;

export interface DecodedInventory {
  readonly inventory: Inventory;
  readonly placement: Placement;
  /** Numbers of the parts that were there. */
  readonly parts: ReadonlySet<number>;
  /** What could not be read, in words; those parts are to be written again. */
  readonly damages: readonly { readonly part: number; readonly text: string }[];
}

export function placementKey(application: string, key: string): string {
  return `${application}/${key}`;
}

export function partName(environment: string, part: number): string {
  return `inventory-${environment}-${part}`;
}

/** ConfigMaps of the wanted parts, a data key per application; a part in which nothing is placed is absent. */
export function encodeParts(
  environment: string,
  inventory: Inventory,
  placement: Placement,
  wanted: ReadonlySet<number>,
): ReadonlyMap<number, Manifest> {
  const parts = new Map<number, Record<string, string>>();
  for (const [application, owned] of inventory) {
    const texts = new Map<number, { objects: Row[]; standing: Record<string, Standing> }>();
    for (const [key, { ref, apiVersion, uid, digest, fieldsHash, standing }] of owned.entries) {
      const part = placement.get(placementKey(application, key));
      if (part === undefined || !wanted.has(part)) continue;
      const text = texts.get(part) ?? { objects: [], standing: {} };
      texts.set(part, text);
      text.objects.push([ref.group, ref.kind, ref.namespace, ref.name, apiVersion, uid, digest, fieldsHash]);
      if (standing !== undefined) text.standing[key] = standing;
    }
    for (const [part, { objects, standing }] of texts) {
      const hasStanding = Object.keys(standing).length > 0;
      const { serviceAccount, ...policy } = keptPolicy(owned);
      const acting = serviceAccount === "" ? {} : { serviceAccount };
      const text: ApplicationText = { ...policy, ...acting, ...(hasStanding ? { standing } : {}), objects };
      const data = parts.get(part) ?? {};
      parts.set(part, data);
      data[application] = JSON.stringify(text);
    }
  }
  return new Map([...parts].map(([part, data]) => [part, configMapOf(environment, partName(environment, part), data)]));
}

export function configMapOf(environment: string, name: string, data: Readonly<Record<string, string>>): Manifest {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: systemNamespace, labels: { [inventoryLabel]: environment } },
    data,
  };
}

/**
 * Puts the parts of one environment together again. An entry that two parts have (a crash between two writes) counts once;
 * the more complete one wins. What cannot be read is left out and named: nothing may be concluded from its absence.
 */
export function decodeParts(environment: string, manifests: readonly Manifest[]): DecodedInventory {
  const inventory = new Map<string, KeptPolicy & { entries: Map<string, InventoryEntry> }>();
  const placement = new Map<string, number>();
  const parts = new Set<number>();
  const damages: { part: number; text: string }[] = [];
  for (const manifest of manifests) {
    const { name } = manifest.metadata;
    const part = partOf(environment, name);
    if (part === undefined) continue;
    parts.add(part);
    const data = (manifest["data"] ?? {}) as Readonly<Record<string, string>>;
    for (const [application, text] of Object.entries(data)) {
      const parsed = parseApplication(text);
      if (parsed === undefined) {
        damages.push({ part, text: `Inventory "${name}" is damaged at application "${application}"` });
        continue;
      }
      const { serviceAccount = "" } = parsed;
      const policy = keptPolicy({ ...parsed, serviceAccount });
      const known = inventory.get(application) ?? { ...policy, entries: new Map<string, InventoryEntry>() };
      inventory.set(application, known);
      for (const [group, kind, namespace, name, apiVersion, uid, digest, fieldsHash] of parsed.objects) {
        const ref = { group, kind, namespace, name };
        const key = refKey(ref);
        const other = known.entries.get(key);
        if (other !== undefined && other.digest !== "") continue;
        const standing = standings.find((each) => each === parsed.standing?.[key]);
        const entry = { ref, apiVersion, uid, digest, fieldsHash };
        known.entries.set(key, standing === undefined ? entry : { ...entry, standing });
        placement.set(placementKey(application, key), part);
      }
    }
  }
  return { inventory: inventory satisfies Map<string, ApplicationInventory>, placement, parts, damages };
}

function partOf(environment: string, name: string): number | undefined {
  const prefix = partName(environment, 0).slice(0, -1);
  const digits = name.slice(prefix.length);
  return name.startsWith(prefix) && /^\d+$/.test(digits) ? Number(digits) : undefined;
}

/** Undefined when somebody changed it by hand into what we would not write. */
function parseApplication(text: string): ApplicationText | undefined {
  try {
    const parsed = JSON.parse(text) as ApplicationText;
    const isSound =
      typeof parsed.prune === "boolean" &&
      parsed.objects.every((row) => row.length === 8 && row.every((field) => typeof field === "string"));
    return isSound ? parsed : undefined;
  } catch {
    return undefined;
  }
}
