import { createCoalesced } from "../../common/async/index.ts";
import {
  canonicalJson,
  type Digest,
  digestOf,
  fieldManager,
  inventoryLabel,
  type Manifest,
  refKey,
  systemNamespace,
} from "../../common/domain/index.ts";
import { toAppError } from "../../common/errors.ts";
import {
  type ApplicationInventory,
  decodeIndex,
  decodeParts,
  encodeIndex,
  encodeParts,
  type Inventory,
  type InventoryEntry,
  type KeptPolicy,
  noIndex,
  type Placement,
  partName,
  place,
  placementKey,
} from "../inventory/index.ts";
import type { KindInfo, KubeClient } from "../ports.ts";

const configMaps: KindInfo = { apiVersion: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true };
const namespaces: KindInfo = { apiVersion: "v1", kind: "Namespace", plural: "namespaces", namespaced: false };

/** Characters per ConfigMap: far below the limit of 1 MB, and a change rewrites little. */
const partLimit = 128 * 1024;

/** Inventory of one environment: in memory for reading, in ConfigMaps for whoever comes after a crash. */
export interface InventoryStore {
  /** Reads what the cluster has; once. */
  load(): Promise<void>;
  inventory(): Inventory;
  /** Changes memory only, as update() and remove() do; flush() writes. */
  replace(application: string, owned: ApplicationInventory): void;
  update(application: string, entry: InventoryEntry): void;
  /** An application without entries is forgotten altogether. */
  remove(application: string, key: string): void;
  /** What was found damaged and not made good yet, in words. */
  losses(): readonly string[];
  /** Something may have been lost that could still be found: there were losses, or there was nothing at all. */
  isDoubtful(): boolean;
  /** Where to look for what was lost: "group/kind" → apiVersion; empty when nothing was. */
  lostKinds(): ReadonlyMap<string, string>;
  /** What could be found again of what was lost is in the inventory now. */
  recovered(): void;
  /** Resolves when everything changed before the call is in the cluster. Makes no request when nothing changed. */
  flush(): Promise<void>;
}

interface Owned extends KeptPolicy {
  readonly entries: Map<string, InventoryEntry>;
}

export function createInventoryStore(kube: KubeClient, environment: string, signal: AbortSignal): InventoryStore {
  const applications = new Map<string, Owned>();
  /** Content of each part as the cluster has it. */
  const written = new Map<number, Digest>();
  const changedApplications = new Set<string>();
  const changedParts = new Set<number>();
  const writes = createCoalesced(write);
  let placement: Placement = new Map();
  /** As it is to be, and as the cluster has it. */
  let index = noIndex;
  let writtenIndex = noIndex;
  let isLoaded = false;
  let isWriting = false;

  async function write(): Promise<void> {
    const applicationsNow = new Set(changedApplications);
    const partsNow = new Set(changedParts);
    if (applicationsNow.size === 0 && partsNow.size === 0 && index === writtenIndex) return;
    changedApplications.clear();
    changedParts.clear();
    isWriting = true;
    try {
      placement = place(applications, placement, partLimit);
      const manifests = encodeParts(environment, applications, placement, changedOf(applicationsNow, partsNow));
      const emptied = [...partsNow].filter((part) => !manifests.has(part) && written.has(part));
      // Named after it is there, and no more before it goes: what is named and not there was deleted by somebody else.
      await writeIndex(new Set([...written.keys()].filter((part) => !emptied.includes(part))), applicationsNow);
      await writeParts(manifests);
      await deleteParts(emptied);
      await writeIndex(new Set(written.keys()), new Set());
    } catch (thrown) {
      for (const application of applicationsNow) changedApplications.add(application);
      for (const part of partsNow) changedParts.add(part);
      throw toAppError(thrown, `Recording the inventory of environment "${environment}"`);
    } finally {
      isWriting = false;
    }
  }

  async function writeIndex(parts: ReadonlySet<number>, names: ReadonlySet<string>): Promise<void> {
    const kinds = new Map(index.kinds);
    for (const name of names) {
      for (const { ref, apiVersion } of applications.get(name)?.entries.values() ?? []) {
        kinds.set(`${ref.group}/${ref.kind}`, apiVersion);
      }
    }
    const next = { ...index, kinds, parts };
    index = next;
    const manifest = encodeIndex(environment, next);
    const isSame = canonicalJson(manifest) === canonicalJson(encodeIndex(environment, writtenIndex));
    if (!isSame) await applyPart(manifest);
    writtenIndex = next;
  }

  /** The parts of these applications, and these parts. */
  function changedOf(names: Iterable<string>, parts: Iterable<number>): ReadonlySet<number> {
    const changed = new Set(parts);
    for (const application of names) {
      for (const key of applications.get(application)?.entries.keys() ?? []) {
        const part = placement.get(placementKey(application, key));
        if (part !== undefined) changed.add(part);
      }
    }
    return changed;
  }

  async function writeParts(manifests: ReadonlyMap<number, Manifest>): Promise<void> {
    await Promise.all(
      [...manifests].map(async ([part, manifest]) => {
        const digest = digestOf(canonicalJson(manifest["data"]));
        if (written.get(part) === digest) return;
        await applyPart(manifest);
        written.set(part, digest);
      }),
    );
  }

  async function deleteParts(parts: Iterable<number>): Promise<void> {
    for (const part of parts) {
      await kube.delete(configMaps, systemNamespace, partName(environment, part), { signal });
      written.delete(part);
    }
  }

  async function applyPart(manifest: Manifest): Promise<void> {
    const options = { fieldManager, force: true, signal };
    try {
      await kube.apply(configMaps, manifest, options);
    } catch (thrown) {
      if (toAppError(thrown).code !== "NOT_FOUND") throw thrown;
      await kube.apply(
        namespaces,
        { apiVersion: "v1", kind: "Namespace", metadata: { name: systemNamespace } },
        options,
      );
      await kube.apply(configMaps, manifest, options);
    }
  }

  return {
    async load() {
      if (isLoaded) return;
      const labelSelector = `${inventoryLabel}=${environment}`;
      const options = { namespace: systemNamespace, labelSelector, metadataOnly: false, signal };
      const parts = await kube.list(configMaps, options);
      const decoded = decodeParts(environment, parts);
      placement = decoded.placement;
      index = decodeIndex(environment, parts);
      writtenIndex = index;
      if (parts.length === 0) index = { ...index, isNew: true };
      const gone = [...index.parts].filter((part) => !decoded.parts.has(part));
      const losses = [
        ...decoded.damages.map(({ text }) => text),
        ...gone.map((part) => `Inventory "${partName(environment, part)}" is gone`),
      ];
      const isUnnamed = [...decoded.parts].some((part) => !index.parts.has(part));
      if (losses.length > 0 || isUnnamed) index = { ...index, losses: [...new Set([...index.losses, ...losses])] };
      // Written again without what cannot be read, once the losses are noted.
      for (const { part } of decoded.damages) changedParts.add(part);
      for (const [application, owned] of decoded.inventory) {
        applications.set(application, { ...owned, entries: new Map(owned.entries) });
      }
      for (const part of decoded.parts) {
        const found = parts.find(({ metadata }) => metadata.name === partName(environment, part));
        if (found !== undefined) written.set(part, digestOf(canonicalJson(found["data"])));
      }
      isLoaded = true;
    },
    inventory: () => applications,
    replace(application, owned) {
      applications.set(application, { ...owned, entries: new Map(owned.entries) });
      changedApplications.add(application);
    },
    update(application, entry) {
      const owned = applications.get(application);
      if (owned === undefined) return;
      owned.entries.set(refKey(entry.ref), entry);
      changedApplications.add(application);
    },
    remove(application, key) {
      const owned = applications.get(application);
      if (owned?.entries.delete(key) !== true) return;
      if (owned.entries.size === 0) applications.delete(application);
      const part = placement.get(placementKey(application, key));
      if (part !== undefined) changedParts.add(part);
    },
    losses: () => index.losses,
    isDoubtful: () => index.isNew || index.losses.length > 0,
    lostKinds: () => (index.losses.length > 0 ? index.kinds : noIndex.kinds),
    recovered() {
      if (index.isNew || index.losses.length > 0) index = { ...index, isNew: false, losses: [] };
    },
    async flush() {
      if (isWriting || index !== writtenIndex || changedApplications.size > 0 || changedParts.size > 0)
        await writes.request(undefined);
    },
  };
}
