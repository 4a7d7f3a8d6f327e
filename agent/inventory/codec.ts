import { inventoryLabel, type Manifest, refKey, systemNamespace } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import type { ApplicationInventory, Inventory, InventoryEntry, KeptPolicy } from "./entry.ts";

/** [group, kind, namespace, name, apiVersion, uid, digest, fieldsHash]: a third of the size of an object with names. */
type Row = readonly [string, string, string, string, string, string, string, string];

interface ApplicationText {
  readonly prune: boolean;
  /** Absent for the agent's own. */
  readonly serviceAccount?: string;
  readonly objects: readonly Row[];
}

/** Which part holds an entry, by application and refKey. */
export type Placement = ReadonlyMap<string, number>;

export interface DecodedInventory {
  readonly inventory: Inventory;
  readonly placement: Placement;
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
  for (const [application, { prune, serviceAccount, entries }] of inventory) {
    const rows = new Map<number, Row[]>();
    for (const [key, { ref, apiVersion, uid, digest, fieldsHash }] of entries) {
      const part = placement.get(placementKey(application, key));
      if (part === undefined || !wanted.has(part)) continue;
      const row: Row = [ref.group, ref.kind, ref.namespace, ref.name, apiVersion, uid, digest, fieldsHash];
      const inPart = rows.get(part);
      if (inPart === undefined) rows.set(part, [row]);
      else inPart.push(row);
    }
    for (const [part, objects] of rows) {
      const acting = serviceAccount === "" ? {} : { serviceAccount };
      const text = JSON.stringify({ prune, ...acting, objects } satisfies ApplicationText);
      const data = parts.get(part);
      if (data === undefined) parts.set(part, { [application]: text });
      else data[application] = text;
    }
  }
  return new Map([...parts].map(([part, data]) => [part, configMapOf(environment, part, data)]));
}

function configMapOf(environment: string, part: number, data: Readonly<Record<string, string>>): Manifest {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: partName(environment, part),
      namespace: systemNamespace,
      labels: { [inventoryLabel]: environment },
    },
    data,
  };
}

/**
 * Puts the parts of one environment together again. An entry that two parts have (a crash between two writes) counts once;
 * the more complete one wins.
 * @throws INVALID_ARGUMENT naming the ConfigMap that is damaged
 */
export function decodeParts(environment: string, parts: readonly Manifest[]): DecodedInventory {
  const inventory = new Map<string, KeptPolicy & { entries: Map<string, InventoryEntry> }>();
  const placement = new Map<string, number>();
  for (const manifest of parts) {
    const part = partOf(environment, manifest.metadata.name);
    if (part === undefined) continue;
    const data = (manifest["data"] ?? {}) as Readonly<Record<string, string>>;
    for (const [application, text] of Object.entries(data)) {
      const { prune, serviceAccount = "", objects } = parseApplication(manifest.metadata.name, application, text);
      const known = inventory.get(application) ?? { prune, serviceAccount, entries: new Map<string, InventoryEntry>() };
      inventory.set(application, known);
      for (const [group, kind, namespace, name, apiVersion, uid, digest, fieldsHash] of objects) {
        const ref = { group, kind, namespace, name };
        const key = refKey(ref);
        const other = known.entries.get(key);
        if (other !== undefined && other.digest !== "") continue;
        known.entries.set(key, { ref, apiVersion, uid, digest, fieldsHash });
        placement.set(placementKey(application, key), part);
      }
    }
  }
  return { inventory: inventory satisfies Map<string, ApplicationInventory>, placement };
}

function partOf(environment: string, name: string): number | undefined {
  const prefix = partName(environment, 0).slice(0, -1);
  const digits = name.slice(prefix.length);
  return name.startsWith(prefix) && /^\d+$/.test(digits) ? Number(digits) : undefined;
}

function parseApplication(part: string, application: string, text: string): ApplicationText {
  try {
    const parsed = JSON.parse(text) as ApplicationText;
    if (parsed.objects.every((row) => row.length === 8)) return parsed;
  } catch {
    // Said below, with its place.
  }
  throw new AppError("INVALID_ARGUMENT", `Inventory "${part}" is damaged at application "${application}"`);
}
