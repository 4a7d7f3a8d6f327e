import { expect, test } from "vitest";
import type { ClusterDiff } from "../../common/domain/index.ts";
import type { ClusterDryRun } from "../surfaces.ts";
import { groupDiffs, stateOf } from "./group.ts";

const ref = { group: "", kind: "ConfigMap", namespace: "shop", name: "web" };
const changed = (after: string): ClusterDiff => ({
  identical: 3,
  objects: [
    { ...ref, application: "shop", action: "change", source: "", fields: [{ path: "data.a", before: "1", after }] },
  ],
  errors: [],
});
const same: ClusterDiff = { identical: 4, objects: [], errors: [] };
const answer = (cluster: string, diff: ClusterDiff): ClusterDryRun => ({
  cluster,
  state: stateOf(diff),
  diff,
  reason: "",
});

test("groupDiffs() puts clusters with equal differences together, however many objects they have", () => {
  const broken: ClusterDiff = { ...same, errors: [{ application: "shop", message: "no" }] };
  expect(
    groupDiffs([
      answer("a", changed("2")),
      answer("b", same),
      answer("c", { ...same, identical: 9 }),
      answer("d", structuredClone(changed("2"))),
      answer("e", changed("3")),
      answer("f", broken),
      { cluster: "g", state: "unknown", diff: undefined, reason: "gone" },
    ]),
  ).toEqual({
    summary: { identical: 2, different: 3, failed: 1, unknown: 1 },
    groups: [
      { state: "identical", digest: expect.any(String), clusters: ["b", "c"], objects: [], errors: [] },
      {
        state: "different",
        digest: expect.any(String),
        clusters: ["a", "d"],
        objects: changed("2").objects,
        errors: [],
      },
      { state: "different", digest: expect.any(String), clusters: ["e"], objects: changed("3").objects, errors: [] },
      { state: "failed", digest: expect.any(String), clusters: ["f"], objects: [], errors: broken.errors },
    ],
    unknown: [{ cluster: "g", reason: "gone" }],
  });
});

test("stateOf() sees no difference in what is only kept", () => {
  const kept: ClusterDiff = {
    ...same,
    objects: [{ ...ref, application: "shop", action: "keep", source: "", fields: [], reason: "needs confirmation" }],
  };
  expect(stateOf(kept)).toBe("identical");
});

test("stateOf() and groupDiffs() take a hook that would be run for a difference, and know who cannot tell", () => {
  const hook = { ...ref, application: "shop", action: "run", phase: "PreSync", source: "" } as const;
  const quiet: ClusterDiff = { ...same, hooks: [] };
  const running: ClusterDiff = { ...same, hooks: [hook] };
  expect(groupDiffs([answer("a", running), answer("b", quiet), answer("c", same)])).toEqual({
    summary: { identical: 2, different: 1, failed: 0, unknown: 0 },
    groups: [
      { state: "identical", digest: expect.any(String), clusters: ["b"], objects: [], hooks: [], errors: [] },
      { state: "identical", digest: expect.any(String), clusters: ["c"], objects: [], errors: [] },
      { state: "different", digest: expect.any(String), clusters: ["a"], objects: [], hooks: [hook], errors: [] },
    ],
    unknown: [],
  });
});
