import { expect, test } from "vitest";
import { parseCondition } from "../../../common/cel/index.ts";
import type { HealthState } from "../../../common/domain/index.ts";
import { type Given, knownObjects, type Row } from "../../../test/corpus/known-kinds/index.ts";
import type { LiveObject } from "../../ports.ts";
import { assessByKnownCheck, type ParsedKnownCheck } from "../health/index.ts";
import type { KnownCheck } from "./check.ts";
import { areas, knownCheckOf } from "./known-check-of.ts";

const parsedChecks = new Map<KnownCheck, ParsedKnownCheck>();

function parsedOf(check: KnownCheck): ParsedKnownCheck {
  const expressionOf = (text: string | undefined) =>
    text === undefined ? undefined : { text, condition: parseCondition(text) };
  const made = parsedChecks.get(check) ?? {
    suspended: expressionOf(check.suspended),
    inProgress: expressionOf(check.inProgress),
    failed: expressionOf(check.failed),
    current: expressionOf(check.current),
  };
  parsedChecks.set(check, made);
  return made;
}

function stateOf(group: string, kind: string, { metadata, ...given }: Given): HealthState {
  const meta = {
    name: "web",
    namespace: "shop",
    uid: "u1",
    resourceVersion: "7",
    generation: 2,
    ...(metadata as object),
  };
  const live: LiveObject = { apiVersion: `${group}/v1`, kind, metadata: meta, ...given };
  const check = knownCheckOf(group, kind);
  if (check === undefined) throw new Error(`${group}/${kind} is not in the table`);
  return assessByKnownCheck(live, parsedOf(check), 0).health.state;
}

const kindsOf = (kinds: string): readonly (readonly [group: string, kind: string])[] => {
  const [group = "", ...names] = kinds.split(" ");
  return names.map((kind) => [group, kind]);
};

const entries = areas.flatMap((area) =>
  Object.entries(area).flatMap(([group, kinds]) =>
    Object.entries(kinds).flatMap(([names, check]) => names.split(" ").map((kind) => ({ group, kind, check }))),
  ),
);

test.each(
  knownObjects.map((row): [string, ...Row] => [
    `knownCheckOf() ${row[0]}: ${row[2]} with ${JSON.stringify(row[1])}`,
    ...row,
  ]),
)("%s", (_title, kinds, given, expected) => {
  for (const [group, kind] of kindsOf(kinds)) expect([kind, stateOf(group, kind, given)]).toEqual([kind, expected]);
});

/** What stands for the kind in a group, where they are patterns. */
const sampleOf = ({ group, kind }: { readonly group: string; readonly kind: string }) =>
  [group.replace("*", "any"), kind === "*" ? "AnyPolicy" : kind] as const;

test("every kind of the table has an object that is well here, and one that is not", () => {
  const told = knownObjects.flatMap(([kinds, _given, expected]) =>
    kindsOf(kinds).map(([group, kind]) => ({
      group,
      kind,
      check: knownCheckOf(group, kind),
      isWell: expected === "Healthy",
    })),
  );
  const missing = entries.filter((entry) => {
    const isPattern = entry.kind === "*" || entry.group.startsWith("*");
    const about = told.filter(({ group, kind, check }) =>
      isPattern ? check === entry.check : group === entry.group && kind === entry.kind,
    );
    const isIllWithoutStatus = stateOf(...sampleOf(entry), {}) !== "Healthy";
    const isNeverIll = Object.keys(entry.check).join() === "current" && entry.check.current === "true";
    return (
      !about.some(({ isWell }) => isWell) || !(isNeverIll || isIllWithoutStatus || about.some(({ isWell }) => !isWell))
    );
  });
  expect(missing.map(({ group, kind }) => `${group}/${kind}`)).toEqual([]);
});

test("no kind stands in the table twice", () => {
  const names = entries.map(({ group, kind }) => `${group}/${kind}`);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

const condition = { type: "", status: "" };
const strange: readonly Given[] = [
  {},
  { status: null, spec: null },
  { status: {}, spec: {} },
  { status: { conditions: [] } },
  { status: { conditions: [{ type: "Other", status: "True" }, { type: "Ready", status: "" }, condition] } },
  {
    status: {
      parents: [{}],
      ancestors: [{}],
      listeners: [{}],
      ingress: [{}],
      racks: { a: {} },
      brokersState: { 0: {} },
    },
  },
];

test.each(strange)("no expression of the table throws with %j", (given) => {
  const states: readonly HealthState[] = ["Healthy", "Progressing", "Degraded", "Suspended"];
  const others = entries.filter((entry) => !states.includes(stateOf(...sampleOf(entry), given)));
  expect(others.map(({ group, kind }) => `${group}/${kind}`)).toEqual([]);
});

test("knownCheckOf() prefers the kind, then its group, then the groups above", () => {
  const provider = knownCheckOf("pkg.crossplane.io", "Provider");
  expect(provider).not.toBe(knownCheckOf("pkg.crossplane.io", "ProviderRevision"));
  expect(knownCheckOf("pkg.crossplane.io", "ProviderRevision")).toBe(knownCheckOf("ec2.aws.crossplane.io", "VPC"));
  expect(knownCheckOf("kro.run", "ResourceGraphDefinition")).not.toBe(knownCheckOf("kro.run", "WebApplication"));
  expect(knownCheckOf("crossplane.io", "Thing")).toBeUndefined();
  expect(knownCheckOf("example.com", "Widget")).toBeUndefined();
});
