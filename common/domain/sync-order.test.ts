import { expect, test } from "vitest";
import { parseSyncOrder } from "./sync-order.ts";

const always = (...phases: string[]) => phases.map((phase) => ({ phase, only: "" }));

function hookOf(annotations: Readonly<Record<string, unknown>>) {
  const { order, mistakes } = parseSyncOrder(annotations);
  expect(mistakes).toEqual([]);
  return order.hook;
}

test("parseSyncOrder() finds neither wave nor hook where nothing is said", () => {
  expect(parseSyncOrder({ team: "shop", "drover.dev/hook": "" })).toEqual({
    order: { wave: 0, hook: undefined },
    mistakes: [],
  });
});

test("parseSyncOrder() reads waves of ours before Argo CD's, and Helm's weight only on hooks of Helm", () => {
  const waves = [
    { "drover.dev/wave": "2", "argocd.argoproj.io/sync-wave": "5" },
    { "argocd.argoproj.io/sync-wave": "-5" },
    { "helm.sh/hook-weight": "7" },
    { "helm.sh/hook-weight": "7", "helm.sh/hook": "pre-install" },
    { "helm.sh/hook-weight": "7", "helm.sh/hook": "pre-install", "argocd.argoproj.io/sync-wave": "1" },
    { "drover.dev/wave": 3 },
  ].map((annotations) => parseSyncOrder(annotations).order.wave);
  expect(waves).toEqual([2, -5, 0, 7, 1, 3]);
});

test("parseSyncOrder() understands hooks of ours, of Argo CD and of Helm", () => {
  const usual = { deletePolicies: ["BeforeHookCreation"], timeoutSeconds: 0 };
  expect(hookOf({ "drover.dev/hook": "PreSync", "drover.dev/hook-timeout": "90s" })).toEqual({
    moments: always("PreSync"),
    deletePolicies: ["BeforeHookCreation"],
    timeoutSeconds: 90,
  });
  expect(
    hookOf({
      "argocd.argoproj.io/hook": "PreSync, PostSync",
      "argocd.argoproj.io/hook-delete-policy": "HookSucceeded,HookFailed",
    }),
  ).toEqual({
    moments: always("PreSync", "PostSync"),
    deletePolicies: ["HookSucceeded", "HookFailed"],
    timeoutSeconds: 0,
  });
  expect(
    hookOf({ "helm.sh/hook": "pre-delete,post-delete", "helm.sh/hook-delete-policy": "before-hook-creation" }),
  ).toEqual({ ...usual, moments: always("PreDelete", "PostDelete") });
});

test("parseSyncOrder() tells Helm's installs from upgrades", () => {
  const moments = ["pre-install", "pre-upgrade", "pre-install,pre-upgrade", "pre-install,post-upgrade"].map(
    (text) => hookOf({ "helm.sh/hook": text })?.moments,
  );
  expect(moments).toEqual([
    [{ phase: "PreSync", only: "install" }],
    [{ phase: "PreSync", only: "upgrade" }],
    [{ phase: "PreSync", only: "" }],
    [
      { phase: "PreSync", only: "install" },
      { phase: "PostSync", only: "upgrade" },
    ],
  ]);
});

test("parseSyncOrder() never runs what is skipped, Helm's tests and rollbacks, and keeps definitions of old charts", () => {
  const never = [
    { "argocd.argoproj.io/hook": "Skip" },
    { "drover.dev/hook": "PreSync,Skip" },
    { "helm.sh/hook": "test" },
    { "helm.sh/hook": "pre-rollback,post-rollback" },
  ];
  expect(never.map((annotations) => hookOf(annotations)?.moments)).toEqual([[], [], [], []]);
  expect(hookOf({ "helm.sh/hook": "crd-install" })).toBeUndefined();
});

test("parseSyncOrder() names what it does not understand", () => {
  const { mistakes } = parseSyncOrder({
    "drover.dev/wave": "first",
    "argocd.argoproj.io/hook": "presync",
    "argocd.argoproj.io/hook-delete-policy": "Never",
    "drover.dev/hook-timeout": "10",
  });
  expect(mistakes).toEqual([
    { annotation: "drover.dev/wave", message: 'expected a whole number, got "first"' },
    {
      annotation: "argocd.argoproj.io/hook",
      message: 'expected some of PreSync, Sync, PostSync, SyncFail, PreDelete, PostDelete, or Skip, got "presync"',
    },
    { annotation: "drover.dev/hook-timeout", message: 'expected a duration such as "90s" or "10m", got "10"' },
    {
      annotation: "argocd.argoproj.io/hook-delete-policy",
      message: 'expected some of BeforeHookCreation, HookSucceeded, HookFailed, got "Never"',
    },
  ]);
});
