import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type ApplicationBody,
  type AssignedObject,
  defaultDeleteBudget,
  defaultPolicy,
  type ObjectRef,
  refKey,
} from "../../common/domain/index.ts";
import type { Inventory, InventoryEntry, KeptPolicy } from "../inventory/index.ts";
import {
  type Desired,
  dependencyErrors,
  type LiveFacts,
  type LiveView,
  noWish,
  type PlannedApplication,
  plan,
  pruneWish,
} from "./index.ts";

const environment = "prod";
const kept: KeptPolicy = { prune: true, serviceAccount: "" };

function objectOf(kind: string, name: string, digest = "1", namespace = "shop"): AssignedObject {
  const group = kind === "Deployment" ? "apps" : kind === "CustomResourceDefinition" ? "apiextensions.k8s.io" : "";
  return { apiVersion: "v1", ref: { group, kind, namespace, name }, digest, source: "" };
}

function bodyOf(name: string, objects: readonly AssignedObject[], prune = true): ApplicationBody {
  return {
    name,
    revision: "r",
    objects,
    policy: { ...defaultPolicy, prune },
    dependsOn: [],
  };
}

function desiredOf(
  applications: Readonly<Record<string, readonly AssignedObject[]>>,
  extra: Partial<Desired> = {},
): Desired {
  const bodies = Object.entries(applications).map(([name, objects]) => bodyOf(name, objects));
  return {
    environment,
    applications: bodies.map((body) => ({ name: body.name, body, mayApply: true, mayPrune: true, isHeld: false })),
    others: () => [],
    absenceIsTrusted: true,
    maxDeletes: defaultDeleteBudget,
    confirmed: () => undefined,
    claimants: (key) =>
      bodies.filter(({ objects }) => objects.some(({ ref }) => refKey(ref) === key)).map(({ name }) => name),
    ...extra,
  };
}

function factsOf(ref: ObjectRef, application: string, extra: Partial<LiveFacts> = {}): LiveFacts {
  return {
    ref,
    uid: "u",
    resourceVersion: "1",
    fieldsHash: "h",
    environment,
    application,
    wish: noWish,
    wave: 0,
    deletion: undefined,
    ...extra,
  };
}

function liveOf(...facts: readonly LiveFacts[]): LiveView {
  const byKey = new Map(facts.map((each) => [refKey(each.ref), each]));
  return { get: (key) => byKey.get(key), knows: () => true };
}

function entryOf({ ref, apiVersion, digest }: AssignedObject): InventoryEntry {
  return { ref, apiVersion, uid: "u", digest, fieldsHash: "h" };
}

function inventoryOf(applications: Readonly<Record<string, readonly AssignedObject[]>>, prune = true): Inventory {
  return new Map(
    Object.entries(applications).map(([name, objects]) => [
      name,
      { prune, serviceAccount: "", entries: new Map(objects.map((object) => [refKey(object.ref), entryOf(object)])) },
    ]),
  );
}

const nothing = {
  ...{ stages: [], prunes: [], laterPrunes: [], refused: [], left: [], waiting: [], standings: [], fronts: new Map() },
  blocked: new Map([["shop", null]]),
};
const show = (ref: ObjectRef) => `${ref.kind} ${ref.name}`;

describe("plan()", () => {
  test("orders definitions, classes, the rest and webhooks, each by kind and name", () => {
    const kinds = [
      "ValidatingWebhookConfiguration",
      "Widget",
      "Deployment",
      "Service",
      "ConfigMap",
      "StorageClass",
      "ClusterRole",
      "Namespace",
      "CustomResourceDefinition",
    ];
    const objects = kinds.flatMap((kind) => [objectOf(kind, "b"), objectOf(kind, "a")]);
    const { stages } = plan(desiredOf({ shop: objects }), new Map(), liveOf());
    expect(stages.map(({ name, steps }) => [name, ...steps.map(({ object }) => show(object.ref))])).toEqual([
      [
        "definitions",
        "CustomResourceDefinition a",
        "CustomResourceDefinition b",
        "Namespace a",
        "Namespace b",
        "ClusterRole a",
        "ClusterRole b",
      ],
      ["classes", "StorageClass a", "StorageClass b"],
      [
        "rest",
        "ConfigMap a",
        "ConfigMap b",
        "Service a",
        "Service b",
        "Deployment a",
        "Deployment b",
        "Widget a",
        "Widget b",
      ],
      ["webhooks", "ValidatingWebhookConfiguration a", "ValidatingWebhookConfiguration b"],
    ]);
  });

  test("says why each object is written", () => {
    const [fresh, changed, missing, drifted, same] = ["fresh", "changed", "missing", "drifted", "same"].map((name) =>
      objectOf("ConfigMap", name),
    ) as [AssignedObject, AssignedObject, AssignedObject, AssignedObject, AssignedObject];
    const inventory = inventoryOf({ shop: [{ ...changed, digest: "0" }, missing, drifted, same] });
    const live = liveOf(
      factsOf(changed.ref, "shop"),
      factsOf(drifted.ref, "shop", { fieldsHash: "other" }),
      factsOf(same.ref, "shop"),
    );
    const { stages } = plan(desiredOf({ shop: [fresh, changed, missing, drifted, same] }), inventory, live);
    const reasons = stages[0]?.steps.map(({ object, reason }) => [object.ref.name, reason]);
    expect(reasons).toEqual([
      ["changed", "changed"],
      ["drifted", "drifted"],
      ["fresh", "new"],
      ["missing", "missing"],
    ]);
  });

  test("concludes nothing from the absence of objects whose kind is not listed", () => {
    const object = objectOf("ConfigMap", "a");
    const live: LiveView = { get: () => undefined, knows: () => false };
    const stale = objectOf("ConfigMap", "stale");
    expect(plan(desiredOf({ shop: [object] }), inventoryOf({ shop: [object, stale] }), live)).toEqual({
      ...nothing,
      waiting: [{ application: "shop", ref: stale.ref, reason: "not listed" }],
    });
  });

  test("refuses what belongs to another environment or to the first of two applications, naming both", () => {
    const [theirs, both, moved] = [
      objectOf("ConfigMap", "theirs"),
      objectOf("ConfigMap", "both"),
      objectOf("ConfigMap", "moved"),
    ];
    const desired = desiredOf({ one: [both], two: [theirs, both, moved] });
    const live = liveOf(
      factsOf(theirs.ref, "x", { environment: "dev" }),
      factsOf(both.ref, "one"),
      factsOf(moved.ref, "one"),
    );
    const { refused, stages } = plan(desired, inventoryOf({ one: [both, moved] }), live);
    expect(refused.map(({ application, ref, reason }) => [application, ref.name, reason])).toEqual([
      ["two", "theirs", 'Belongs to application "x" of environment "dev", not to "two" of "prod"'],
      ["two", "both", 'Belongs to application "one", but application "two" has it too'],
    ]);
    expect(stages[0]?.steps.map(({ object }) => object.ref.name)).toEqual(["moved"]);
  });

  test("prunes in reverse order only what is ours and stale", () => {
    const names = ["gone", "adopted", "disabled", "deleting", "plain"];
    const [gone, adopted, disabled, deleting, plain] = names.map((name) => objectOf("ConfigMap", name)) as [
      AssignedObject,
      AssignedObject,
      AssignedObject,
      AssignedObject,
      AssignedObject,
    ];
    const [deployment, namespace, confirmed] = [
      objectOf("Deployment", "web"),
      objectOf("Namespace", "ns"),
      objectOf("Namespace", "confirmed"),
    ];
    const owned = [gone, adopted, disabled, deleting, plain, deployment, namespace, confirmed];
    const live = liveOf(
      factsOf(adopted.ref, "other"),
      factsOf(disabled.ref, "shop", { wish: pruneWish({ "drover.dev/prune": "disabled" }) }),
      factsOf(deleting.ref, "shop", { deletion: { since: "2026-01-01T00:00:00Z", finalizers: [] } }),
      factsOf(plain.ref, "shop"),
      factsOf(deployment.ref, "shop"),
      factsOf(namespace.ref, "shop"),
      factsOf(confirmed.ref, "shop", { wish: pruneWish({ "drover.dev/prune": "confirmed" }) }),
    );
    const planned = plan(desiredOf({ shop: [] }), inventoryOf({ shop: owned }), live);
    expect(planned.prunes.map(({ action, entry }) => `${action} ${show(entry.ref)}`)).toEqual([
      "delete Deployment web",
      "delete ConfigMap plain",
      "forget ConfigMap gone",
      "forget ConfigMap adopted",
      "delete Namespace confirmed",
    ]);
    expect(planned.waiting.map(({ ref, reason }) => `${show(ref)}: ${reason}`)).toEqual([
      "ConfigMap deleting: being deleted",
      "Namespace ns: needs confirmation",
    ]);
  });

  test("prunes nothing because of an untrusted absence, a policy, or before the rest is healthy", () => {
    const object = objectOf("ConfigMap", "a");
    const inventory = inventoryOf({ shop: [object] });
    const live = liveOf(factsOf(object.ref, "shop"));
    const untrusted = plan(desiredOf({ shop: [] }, { absenceIsTrusted: false }), inventory, live);
    expect(untrusted).toEqual({
      ...nothing,
      waiting: [{ application: "shop", ref: object.ref, reason: "absence is not trusted" }],
    });
    const application = (extra: Partial<PlannedApplication>): Partial<Desired> => ({
      applications: [
        { name: "shop", body: bodyOf("shop", []), mayApply: true, mayPrune: true, isHeld: false, ...extra },
      ],
    });
    expect(plan(desiredOf({}, application({ mayPrune: false })), inventory, live)).toEqual(nothing);
    expect(plan(desiredOf({}, application({ body: bodyOf("shop", [], false) })), inventory, live)).toEqual(nothing);
    const vanished = inventoryOf({ shop: [object] }, false);
    expect(plan(desiredOf({}, application({ body: undefined })), vanished, live)).toEqual(nothing);
  });

  test("of an assignment and its own result is empty", () => {
    const objects = fc.uniqueArray(
      fc.record({
        kind: fc.constantFrom("ConfigMap", "Deployment", "Namespace", "StorageClass", "Widget"),
        name: fc.stringMatching(/^[a-c]$/),
        digest: fc.stringMatching(/^[0-3]$/),
      }),
      { selector: ({ kind, name }) => `${kind} ${name}`, maxLength: 12 },
    );
    const applications = fc.dictionary(fc.stringMatching(/^[a-d]$/), objects, { maxKeys: 4 });
    fc.assert(
      fc.property(applications, applications, (before, after) => {
        const asObjects = (given: typeof before) =>
          Object.fromEntries(
            // One application per object: the name is part of it.
            Object.entries(given).map(([app, list]) => [
              app,
              list.map(({ kind, name, digest }) => objectOf(kind, `${app}-${name}`, digest)),
            ]),
          );
        const desired = desiredOf(asObjects(after));
        const vanished = Object.keys(before).filter((name) => !(name in after));
        const all: Desired = {
          ...desired,
          applications: [
            ...desired.applications,
            ...vanished.map((name) => ({ name, body: undefined, mayApply: false, mayPrune: true, isHeld: false })),
          ],
        };
        const cluster = simulate(asObjects(before));
        // What is gone is forgotten in the next round, and then the environment may lose what it might not before.
        const settle = (desired: Desired) => {
          for (let round = 0; round < 5; round++) perform(cluster, plan(desired, cluster.inventory, cluster));
        };
        settle(all);
        const { blocked, waiting, ...steady } = plan(all, cluster.inventory, cluster);
        expect(steady).toEqual({
          stages: [],
          prunes: [],
          laterPrunes: [],
          refused: [],
          left: [],
          standings: [],
          fronts: new Map(),
        });
        expect(waiting.every(({ reason }) => reason === "needs confirmation")).toBe(true);

        // Whatever waited for somebody's word goes with it, and then nothing is left to do or to say.
        settle({ ...all, confirmed: (name) => blocked.get(name)?.digest });
        const { blocked: still, ...rest } = plan(all, cluster.inventory, cluster);
        expect(rest).toEqual({
          stages: [],
          prunes: [],
          laterPrunes: [],
          refused: [],
          left: [],
          waiting: [],
          standings: [],
          fronts: new Map(),
        });
        expect([...still.values()].every((each) => each === null)).toBe(true);
      }),
    );
  });
});

interface Simulation extends LiveView {
  readonly inventory: Map<string, KeptPolicy & { entries: Map<string, InventoryEntry> }>;
  readonly objects: Map<string, LiveFacts>;
}

function simulate(applications: Readonly<Record<string, readonly AssignedObject[]>>): Simulation {
  const inventory: Simulation["inventory"] = new Map();
  const objects = new Map<string, LiveFacts>();
  for (const [name, list] of Object.entries(applications)) {
    inventory.set(name, { ...kept, entries: new Map(list.map((object) => [refKey(object.ref), entryOf(object)])) });
    for (const { ref } of list) objects.set(refKey(ref), factsOf(ref, name));
  }
  return { inventory, objects, get: (key) => objects.get(key), knows: () => true };
}

function perform({ inventory, objects }: Simulation, planned: ReturnType<typeof plan>): void {
  for (const { application, object } of planned.stages.flatMap(({ steps }) => steps)) {
    const owned = inventory.get(application) ?? { ...kept, entries: new Map() };
    inventory.set(application, owned);
    owned.entries.set(refKey(object.ref), entryOf(object));
    objects.set(refKey(object.ref), factsOf(object.ref, application));
  }
  for (const { application, entry } of planned.standings) {
    inventory.get(application)?.entries.set(refKey(entry.ref), entry);
  }
  for (const { action, application, entry } of planned.prunes) {
    if (action === "delete") objects.delete(refKey(entry.ref));
    else inventory.get(application)?.entries.delete(refKey(entry.ref));
  }
}

describe("dependencyErrors()", () => {
  const app = (name: string, ...dependsOn: string[]) => ({ name, dependsOn });

  test("names cycles and unknown applications, and only those that are in them", () => {
    const applications = [app("a", "b"), app("b", "c"), app("c", "b"), app("d", "nobody"), app("e", "d"), app("f")];
    expect(dependencyErrors(applications, new Set(["a", "b", "c", "d", "e", "f"]))).toEqual(
      new Map([
        ["d", 'Depends on "nobody", which is not an application here'],
        ["b", "Depends on itself: b → c → b"],
        ["c", "Depends on itself: b → c → b"],
      ]),
    );
  });

  test("accepts diamonds and held applications", () => {
    const applications = [app("a", "b", "c"), app("b", "d"), app("c", "d"), app("d", "held")];
    expect(dependencyErrors(applications, new Set(["a", "b", "c", "d", "held"]))).toEqual(new Map());
  });
});
