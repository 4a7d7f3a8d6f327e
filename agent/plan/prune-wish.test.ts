import { expect, test } from "vitest";
import { noWish, pruneWish } from "./prune-wish.ts";

test("pruneWish() is one and the same for objects that say nothing", () => {
  expect(pruneWish(undefined)).toBe(noWish);
  expect(pruneWish({ "drover.dev/prune": "whatever", "helm.sh/resource-policy": "delete" })).toBe(noWish);
});

test("pruneWish() understands our annotation and those of Flux and Helm", () => {
  const both = (wish: string) => ({ dropped: wish, abandoned: wish, last: false });
  expect(pruneWish({ "drover.dev/prune": "disabled" })).toEqual(both("keep"));
  expect(pruneWish({ "drover.dev/prune": "confirm" })).toEqual(both("confirm"));
  expect(pruneWish({ "drover.dev/prune": "confirmed" })).toEqual(both("confirmed"));
  expect(pruneWish({ "kustomize.toolkit.fluxcd.io/prune": "disabled" })).toEqual(both("keep"));
  expect(pruneWish({ "helm.sh/resource-policy": "keep" })).toEqual(both("keep"));
});

test("pruneWish() understands Argo CD's sync options, however they are spaced", () => {
  const options = (text: string) => pruneWish({ "argocd.argoproj.io/sync-options": text });
  expect(options("Prune=false")).toEqual({ dropped: "keep", abandoned: "keep", last: false });
  expect(options("Validate=false, Delete=false")).toEqual({ dropped: "", abandoned: "keep", last: false });
  expect(options("Prune=confirm,Delete=confirm")).toEqual({ dropped: "confirm", abandoned: "confirm", last: false });
  expect(options("PruneLast=true")).toEqual({ dropped: "", abandoned: "", last: true });
});

test("pruneWish() puts our annotation above the others", () => {
  const annotations = { "drover.dev/prune": "confirmed", "argocd.argoproj.io/sync-options": "Prune=false" };
  expect(pruneWish(annotations).dropped).toBe("confirmed");
});
