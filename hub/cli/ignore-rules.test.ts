import { expect, test } from "vitest";
import type { DriftField, DriftView } from "../../common/domain/index.ts";
import { parseApplication } from "../../common/schema/index.ts";
import { ignoreRules } from "./ignore-rules.ts";
import { formatValue } from "./output.ts";

function drift(
  cluster: string,
  name: string,
  fields: readonly Partial<DriftField>[],
  state: DriftView["state"] = "detected",
): DriftView {
  return {
    environment: "dev",
    cluster,
    application: "shop",
    object: { group: "apps", kind: "Deployment", namespace: "shop", name },
    state,
    fields: fields.map((field) => ({ path: "", manager: "", at: "", ...field })),
    count: 1,
    firstSeen: "2026-01-01T00:00:00Z",
    lastSeen: "2026-01-01T00:00:00Z",
  };
}

test("ignoreRules() gives one rule per object and manager, whatever the cluster", () => {
  const replicas = { path: "spec.replicas", manager: "kube-controller-manager" };
  const items = [
    drift("edge-1", "web.v2", [replicas, { path: "metadata.labels[team]" }, { path: "spec.paused", manager: "k9s" }]),
    drift(
      "edge-2",
      "web.v2",
      [replicas, { path: "spec.minReadySeconds", manager: "kube-controller-manager" }],
      "corrected",
    ),
  ];
  const target = { group: "apps", kind: "Deployment", namespace: "shop", name: "web\\.v2" };
  expect(ignoreRules(items)).toEqual([
    { target, paths: ["metadata.labels[team]"] },
    { target, paths: ["spec.paused"], managers: ["k9s"] },
    { target, paths: ["spec.minReadySeconds", "spec.replicas"], managers: ["kube-controller-manager"] },
  ]);
});

test("ignoreRules() gives what application.yaml takes", () => {
  const ignore = ignoreRules([drift("edge-1", "web", [{ path: "spec.replicas", manager: "hpa" }])]);
  const spec = { drift: { ignore } };
  const text = formatValue(
    { apiVersion: "drover.dev/v1alpha1", kind: "Application", metadata: { name: "shop" }, spec },
    "yaml",
  );
  const { application, problems } = parseApplication(text, "application.yaml");
  expect(problems).toEqual([]);
  expect(application?.driftIgnore).toEqual([
    {
      target: { group: "apps", kind: "Deployment", namespace: "shop", name: "web" },
      paths: ["spec.replicas"],
      managers: ["hpa"],
    },
  ]);
});

test("ignoreRules() has none for what is resolved and for deleted objects", () => {
  expect(ignoreRules([drift("edge-1", "a", [{}]), drift("edge-1", "b", [{ path: "spec" }], "resolved")])).toEqual([]);
});
