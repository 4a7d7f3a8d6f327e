import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type AssignedObject, deletionPolicies, refKey } from "../../common/domain/index.ts";
import {
  type ApplicationInventory,
  decodeParts,
  encodeParts,
  type Inventory,
  type InventoryEntry,
  type KeptPolicy,
  place,
  placementKey,
  staleEntries,
  standings,
  withIntent,
} from "./index.ts";

const name = fc.stringMatching(/^[a-z]{1,6}$/);
const entry: fc.Arbitrary<InventoryEntry> = fc.record({
  ref: fc.record({ group: fc.constantFrom("", "apps"), kind: fc.constantFrom("A", "B"), namespace: name, name }),
  apiVersion: fc.constant("v1"),
  uid: fc.uuid(),
  digest: fc.stringMatching(/^[0-9a-f]{8}$/),
  fieldsHash: name,
});
const withStanding: fc.Arbitrary<InventoryEntry> = fc
  .tuple(entry, fc.constantFrom(...standings, undefined))
  .map(([each, standing]) => (standing === undefined ? each : { ...each, standing }));
const budget = fc.record({ most: fc.nat(100), isPercent: fc.boolean() });
const policy: fc.Arbitrary<KeptPolicy> = fc.record(
  {
    prune: fc.boolean(),
    serviceAccount: fc.constantFrom("", "shop/deployer"),
    deletion: fc.constantFrom(...deletionPolicies),
    maxDeletes: budget,
  },
  { requiredKeys: ["prune", "serviceAccount"] },
);
const entriesOf = fc.record({
  entries: fc
    .array(withStanding, { minLength: 1, maxLength: 12 })
    .map((entries) => new Map(entries.map((each) => [refKey(each.ref), each]))),
});
const application: fc.Arbitrary<ApplicationInventory> = fc
  .tuple(policy, entriesOf)
  .map(([kept, owned]) => ({ ...kept, ...owned }));
const inventory: fc.Arbitrary<Inventory> = fc
  .dictionary(name, application, { maxKeys: 5 })
  .map((applications) => new Map(Object.entries(applications)));

const assigned = ({ ref, apiVersion, digest }: InventoryEntry): AssignedObject => ({
  ref,
  apiVersion,
  digest,
  source: "",
});
const objectsOf = (owned: ApplicationInventory) => [...owned.entries.values()].map(assigned);

test("decodeParts() reads back what encodeParts() wrote, however small the parts", () => {
  fc.assert(
    fc.property(inventory, fc.integer({ min: 200, max: 2_000 }), (given, limit) => {
      const placement = place(given, new Map(), limit);
      const parts = encodeParts("prod", given, placement, new Set(placement.values()));
      const decoded = decodeParts("prod", [...parts.values()].toReversed());
      expect(decoded).toEqual({ inventory: given, placement, parts: new Set(placement.values()), damages: [] });
    }),
  );
});

test("decodeParts() names the part that is damaged, and the parts of another environment are not its own", () => {
  const metadata = { name: "inventory-prod-0", namespace: "drover-system" };
  const damaged = { apiVersion: "v1", kind: "ConfigMap", metadata, data: { shop: "{" } };
  expect(decodeParts("prod", [damaged])).toEqual({
    inventory: new Map(),
    placement: new Map(),
    parts: new Set([0]),
    damages: [{ part: 0, text: 'Inventory "inventory-prod-0" is damaged at application "shop"' }],
  });
  expect(decodeParts("pro", [damaged]).inventory).toEqual(new Map());
});

test("decodeParts() prefers the entry that knows more when two parts have it", () => {
  const row = (digest: string) =>
    JSON.stringify({ prune: true, objects: [["", "A", "n", "a", "v1", "u", digest, "h"]] });
  const part = (index: number, digest: string) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: `inventory-prod-${index}` },
    data: { shop: row(digest) },
  });
  const { inventory: decoded } = decodeParts("prod", [part(0, ""), part(1, "d"), part(2, "")]);
  expect(decoded.get("shop")?.entries.get("/A/n/a")?.digest).toBe("d");
});

test("place() leaves entries where they are and keeps parts within the limit", () => {
  fc.assert(
    fc.property(inventory, inventory, (first, second) => {
      const limit = 1_000;
      const before = place(first, new Map(), limit);
      const after = place(second, before, limit);
      const ids = [...second].flatMap(([app, { entries }]) => [...entries.keys()].map((key) => placementKey(app, key)));
      expect([...after.keys()].toSorted()).toEqual(ids.toSorted());
      for (const [id, part] of after) if (before.has(id)) expect(part).toBe(before.get(id));
      const parts = encodeParts("prod", second, after, new Set(after.values()));
      for (const manifest of parts.values()) {
        const { data } = manifest as unknown as { data: Record<string, string> };
        expect(Object.values(data).join("").length).toBeLessThan(limit + 400);
      }
    }),
  );
});

test("withIntent() keeps every old entry and makes unknown what is about to be written", () => {
  fc.assert(
    fc.property(application, application, (old, wanted) => {
      const intended = withIntent(old, objectsOf(wanted), old);
      expect([...intended.entries.keys()].toSorted()).toEqual(
        [...new Set([...old.entries.keys(), ...wanted.entries.keys()])].toSorted(),
      );
      for (const [key, each] of intended.entries) {
        const known = old.entries.get(key);
        if (!wanted.entries.has(key)) expect(each).toBe(known);
        else expect(each).toMatchObject({ uid: known?.uid ?? "", digest: "", fieldsHash: "" });
      }
      expect(withIntent(intended, objectsOf(wanted), old)).toBe(intended);
    }),
  );
});

test("staleEntries() and the wanted objects make up the whole inventory", () => {
  fc.assert(
    fc.property(application, application, (old, wanted) => {
      const stale = staleEntries(old, objectsOf(wanted)).map(({ ref }) => refKey(ref));
      expect(stale).toEqual([...old.entries.keys()].filter((key) => !wanted.entries.has(key)));
    }),
  );
  expect(staleEntries(undefined, [])).toEqual([]);
});
