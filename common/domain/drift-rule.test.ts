import { expect, test } from "vitest";
import { type DriftRule, matchesWhole, rulesFor, rulesKey } from "./drift-rule.ts";

function rule(target: Partial<DriftRule["target"]>): DriftRule {
  return { target: { group: "", kind: "", namespace: "", name: "", ...target }, paths: ["/spec"], managers: [] };
}

test("rulesFor() matches the whole text, and anything where nothing is said", () => {
  const ref = { group: "apps", kind: "Deployment", namespace: "shop", name: "web-1" };
  const matching = [rule({}), rule({ kind: "Deployment|StatefulSet", name: "web-.*" }), rule({ group: "apps" })];
  const others = [rule({ name: "web" }), rule({ kind: "Deploy" }), rule({ namespace: "sho" }), rule({ name: "(" })];
  expect(rulesFor([...others, ...matching], ref)).toEqual(matching);
});

test("rulesKey() differs with the rules and is empty without", () => {
  expect(rulesKey([])).toBe("");
  expect(rulesKey([rule({})])).not.toBe(rulesKey([rule({ name: "a" })]));
});

test("matchesWhole() is false for what is no regular expression", () => {
  expect([matchesWhole("a.c", "abc"), matchesWhole("(", "(")]).toEqual([true, false]);
});
