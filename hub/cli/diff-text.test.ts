import { createColors } from "picocolors";
import { expect, test } from "vitest";
import type { FleetDiff, ObjectDiff } from "../../common/domain/index.ts";
import { diffText } from "./diff-text.ts";

const ref = { group: "", kind: "ConfigMap", namespace: "shop", name: "web" };
const job = { group: "batch", kind: "Job", namespace: "shop", application: "shop" };
const object = (given: Partial<ObjectDiff>): ObjectDiff => ({
  ...ref,
  application: "shop",
  action: "change",
  source: "apps/shop/web.yaml:1",
  fields: [],
  ...given,
});

test("diffText() tells what would change where, and sums up", () => {
  const diff: FleetDiff = {
    environment: "prod",
    revision: "abc",
    summary: { identical: 412, different: 1, failed: 1, unknown: 1 },
    groups: [
      { state: "identical", digest: "a", clusters: ["a", "b"], objects: [], hooks: [], errors: [] },
      {
        state: "different",
        digest: "b",
        clusters: ["c1", "c2", "c3", "c4", "c5", "c6"],
        errors: [],
        objects: [
          object({
            fields: [
              { path: "data.mode", before: "slow", after: "fast" },
              { path: "data.text", before: "a\nb\nc\nd", after: "a\nb\nc\nD" },
              { path: "data.new", after: "1" },
            ],
          }),
          object({
            name: "new",
            action: "add",
            object: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "new" } },
          }),
          object({ name: "old", action: "prune", source: "" }),
          object({ name: "kept", action: "keep", source: "", reason: "needs confirmation" }),
          object({ name: "taken", takenFrom: ["helm"], fields: [{ path: "data.old", before: "1" }] }),
        ],
        hooks: [
          { ...job, name: "migrate", action: "run", phase: "PreSync", source: "apps/shop/migrate.yaml:1" },
          { ...job, name: "seed", action: "delete", source: "", reason: "of an earlier run" },
        ],
      },
      {
        state: "failed",
        digest: "c",
        clusters: ["d"],
        objects: [],
        errors: [
          { application: "shop", message: "apps/shop/web.yaml:3: wrong" },
          { application: "", object: ref, message: "no" },
        ],
      },
    ],
    unknown: [{ cluster: "e", reason: 'Cluster "e" is not connected' }],
  };
  expect(diffText(diff, createColors(false))).toMatchInlineSnapshot(`
    "On 6 clusters: c1, c2, c3, c4, c5 and 1 more:
      ~ ConfigMap shop/web (shop; changed; apps/shop/web.yaml:1)
          data.mode:
            - slow
            + fast
          data.text:
              …
              b
              c
            - d
            + D
          data.new:
            + 1
      + ConfigMap shop/new (shop; added; apps/shop/web.yaml:1)
          + apiVersion: v1
          + kind: ConfigMap
          + metadata:
          +   name: new
      - ConfigMap shop/old (shop; pruned)
      = ConfigMap shop/kept (shop; kept; needs confirmation)
      ~ ConfigMap shop/taken (shop; changed; takes over from helm; apps/shop/web.yaml:1)
          data.old:
            - 1
      Hooks of shop:
        > run PreSync Job shop/migrate (apps/shop/migrate.yaml:1)
        - delete Job shop/seed (of an earlier run)

    On d:
      ! shop: apps/shop/web.yaml:3: wrong
      ! ConfigMap shop/web: no
      Hooks are unknown: the agent is too old to say, update it

    Unknown: e: Cluster "e" is not connected
    412 identical, 1 differs, 1 could not be compared in full, 1 unknown"
  `);
});
