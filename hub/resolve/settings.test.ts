import { expect, test } from "vitest";
import { resolveFleet } from "./fleet.ts";
import { sameSettings, settingsId, settingsOf, withSettings } from "./settings.ts";

function given(values: string, clusters: string, members: readonly string[], rest = "") {
  const text = `apiVersion: drover.dev/v1alpha1
kind: Fleet
environments:
  - { name: prod, branch: main, clusters: { matchLabels: { environment: prod } }, values: ${values}${rest} }
clusters: ${clusters}
`;
  const { fleet, problems } = resolveFleet(text, "main");
  const [environment] = fleet?.environments ?? [];
  if (fleet === undefined || environment === undefined) throw new Error(JSON.stringify(problems));
  return { fleet, environment, settings: settingsOf(fleet, environment, members) };
}

const base = given("{ tier: gold }", "[{ name: a, values: { size: s } }]", ["a", "b"]);

test("sameSettings() is about what goes into the content of clusters that were and are there", () => {
  const same = (values: string, clusters: string, members: readonly string[], rest = "") =>
    sameSettings(base.settings, given(values, clusters, members, rest).settings);
  const values = "{ tier: gold }";
  const a = "{ name: a, values: { size: s } }";
  expect({
    nothing: same(values, `[${a}]`, ["a", "b"]),
    policyOnly: same(values, `[${a}]`, ["a", "b"], ", rollout: { bake: 1m }"),
    joinsWithValues: same(values, `[${a}, { name: c, values: { size: l } }]`, ["a", "b", "c"]),
    elsewhere: same(values, `[${a}, { name: other, values: { size: l } }]`, ["a", "b"]),
    leftAndChanged: same(values, "[{ name: a, values: { size: l } }]", ["b"]),
    environment: same("{ tier: silver }", `[${a}]`, ["a", "b"]),
    cluster: same(values, `[${a}, { name: b, values: { size: l } }]`, ["a", "b"]),
    guards: same(values, `[${a}]`, ["a", "b"], ", guards: { maxDeletes: 3 }"),
  }).toEqual({
    ...{ nothing: true, policyOnly: true, joinsWithValues: true, elsewhere: true, leftAndChanged: true },
    ...{ environment: false, cluster: false, guards: false },
  });
});

test("settingsId() does not hang on who is there", () => {
  expect(settingsId(given("{ tier: gold }", "[{ name: a, values: { size: s } }]", []).settings)).toBe(
    settingsId(base.settings),
  );
});

test("withSettings() gives back what was, and to those who came later what is", () => {
  const now = given("{ tier: silver }", "[{ name: a, values: { size: l } }, { name: c, values: { size: m } }]", []);
  const { fleet, environment } = withSettings(now.fleet, now.environment, base.settings);
  expect(environment.values).toEqual({ tier: "gold" });
  expect(Object.fromEntries(fleet.clusterValues)).toEqual({ a: { size: "s" }, b: {}, c: { size: "m" } });
});
