import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Manifest } from "../../common/domain/index.ts";
import { createNamespace } from "./kube-cluster.ts";
import { inventoryOf } from "./reconciler-objects.ts";
import type { ReconcilerStage, Wanted } from "./reconciler-stage.ts";

/** Kinds that are healthy because they exist, with something that the API server fills in, rewrites or drops. */
const contents: Readonly<Record<string, (version: number) => Omit<Manifest, "metadata">>> = {
  ConfigMap: (version) => ({ apiVersion: "v1", kind: "ConfigMap", data: { version: `${version}` }, binaryData: null }),
  Secret: (version) => ({ apiVersion: "v1", kind: "Secret", stringData: { version: `${version}` } }),
  Service: (version) => ({
    apiVersion: "v1",
    kind: "Service",
    spec: {
      selector: { app: "web" },
      ports: [
        { name: "web", port: 80 + version },
        { name: "dns", port: 53, protocol: "UDP" },
      ],
    },
  }),
  Role: (version) => ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", `watch${version}`], resourceNames: [] }],
  }),
  NetworkPolicy: (version) => ({
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    spec: { podSelector: {}, egress: [], ingress: [{ ports: [{ port: 80 + version }] }] },
  }),
};

const objects = fc.uniqueArray(
  fc.record({
    kind: fc.constantFrom(...Object.keys(contents)),
    name: fc.constantFrom("a", "b", "c"),
    application: fc.constantFrom("one", "two", "three"),
    version: fc.nat(2),
  }),
  { selector: ({ kind, name }) => `${kind} ${name}`, maxLength: 10 },
);

function applicationsOf(
  chosen: readonly { kind: string; name: string; application: string; version: number }[],
  namespace: string,
): Wanted["applications"] {
  const applications: Record<string, { objects: Manifest[] }> = {};
  for (const { kind, name, application, version } of chosen) {
    const content = contents[kind]?.(version) as Manifest;
    applications[application] ??= { objects: [] };
    applications[application].objects.push({ ...content, metadata: { name, namespace } });
  }
  return applications;
}

export function describeFixedPoint(stage: () => ReconcilerStage): void {
  describe("the result of an assignment", () => {
    test("leaves nothing to do: the same again makes no request, an agent that starts anew only reads", async () => {
      const { cluster } = stage();
      await fc.assert(
        fc.asyncProperty(objects, objects, async (before, after) => {
          const namespace = await createNamespace(cluster);
          const engine = await stage().start();
          await engine.assign({ generation: 1, applications: applicationsOf(before, namespace) });
          const applications = applicationsOf(after, namespace);
          await engine.assign({ generation: 2, applications });
          await expect.poll(() => engine.reported.phases()).toContain("healthy 2");
          const owned = async () =>
            Object.values(await inventoryOf(cluster, engine.environment)).flatMap((application) => application.objects);
          await expect.poll(async () => (await owned()).length).toBe(after.length);
          await engine.reconciler.idle();

          engine.requests();
          await engine.assign({ generation: 3, applications });
          expect(engine.requests()).toEqual({});
          await engine.stop();
          const next = await stage().start({ environment: engine.environment });
          await next.assign({ generation: 3, applications });
          const { patch = 0, delete: deletes = 0, get = 0 } = next.requests();
          expect({ patch, deletes, get }).toEqual({ patch: 0, deletes: 0, get: 0 });
          await next.stop();
        }),
        { numRuns: 12, seed: 4 },
      );
    });
  });
}
