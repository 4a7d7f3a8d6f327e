import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { clusterName, findContexts } from "./own-contexts.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "drover-kubeconfig-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function kubeconfig(file: string, ...names: readonly string[]): string {
  const path = join(folder, file);
  writeFileSync(path, JSON.stringify({ contexts: names.map((name) => ({ name, context: {} })) }));
  return path;
}

test("clusterName() makes a valid name, once", () => {
  const arn = "arn:aws:eks:eu-central-1:123456789012:cluster/a-rather-long-name-for-a-cluster";
  expect([
    clusterName("kind-dev", new Set()),
    clusterName("gke_shop_EU_prod", new Set()),
    clusterName("kind_dev", new Set(["kind-dev"])),
    clusterName("kind_dev", new Set(["kind-dev", "kind-dev-2"])),
    clusterName("@", new Set()),
    clusterName(arn, new Set()).length,
  ]).toEqual(["kind-dev", "gke-shop-eu-prod", "kind-dev-2", "kind-dev-3", "cluster", 50]);
});

test("findContexts() names the file that has the context, the first one wins", () => {
  const first = kubeconfig("first", "a", "b");
  const second = kubeconfig("second", "b", "c");
  const missing = join(folder, "missing");
  expect(findContexts(["c", "b"], { KUBECONFIG: `${missing}:${first}:${second}` })).toEqual([
    { context: "c", name: "c", kubeconfig: second },
    { context: "b", name: "b", kubeconfig: first },
  ]);
});

test("findContexts() says which contexts there are", () => {
  const file = kubeconfig("only", "a", "b");
  expect(() => findContexts(["c"], { KUBECONFIG: file })).toThrow(`No context "c" in ${file}: there are a, b`);
  expect(() => findContexts(["c"], { HOME: folder })).toThrow("there are none");
});
