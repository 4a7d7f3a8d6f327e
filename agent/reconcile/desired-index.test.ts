import { describe, expect, test } from "vitest";
import {
  type ApplicationBody,
  type ApplicationEntry,
  type AssignmentHeader,
  defaultPolicy,
} from "../../common/domain/index.ts";
import type { DesiredEnvironment } from "../ports.ts";
import { indexDesired, unusable } from "./desired-index.ts";

function bodyOf(name: string, objects: readonly string[], dependsOn: readonly string[] = []): ApplicationBody {
  return {
    name,
    revision: "r",
    objects: objects.map((object) => ({
      apiVersion: "v1",
      ref: { group: "", kind: "ConfigMap", namespace: "n", name: object },
      digest: "d",
      source: "",
    })),
    policy: defaultPolicy,
    dependsOn,
  };
}

function withNamespace(body: ApplicationBody, namespace: string): ApplicationBody {
  return { ...body, objects: body.objects.map((object) => ({ ...object, ref: { ...object.ref, namespace } })) };
}

function desired(
  applications: readonly ApplicationBody[],
  extra: {
    header?: Partial<AssignmentHeader>;
    held?: DesiredEnvironment["held"];
    body?: readonly ApplicationEntry[];
  } = {},
): DesiredEnvironment {
  return {
    header: {
      cluster: "c",
      environment: "prod",
      epoch: "1",
      generation: 5,
      digest: "d",
      revision: "r",
      epochConfirmed: true,
      ...extra.header,
    },
    body: { applications: extra.body ?? applications.map(({ name }) => ({ name, digest: "d" })) },
    applications,
    held: extra.held ?? [],
    absenceIsTrusted: true,
    manifest: () => Promise.reject(new Error("not asked for")),
  };
}

const nowhere = () => false;

describe("indexDesired()", () => {
  test("knows who wants an object and who depends on whom", () => {
    const index = indexDesired(desired([bodyOf("one", ["a", "b"]), bodyOf("two", ["b"], ["one"])]), new Map(), nowhere);
    expect(["/ConfigMap/n/a", "/ConfigMap/n/b", "/ConfigMap/n/c"].map((key) => index.claimants(key))).toEqual([
      ["one"],
      ["one", "two"],
      [],
    ]);
    expect([index.dependents("one"), index.dependents("two"), index.fault("one"), index.fault("two")]).toEqual([
      ["two"],
      [],
      "",
      "",
    ]);
  });

  test("finds an object that one application has twice", () => {
    const index = indexDesired(desired([bodyOf("one", ["a", "a"]), bodyOf("two", ["a"])]), new Map(), nowhere);
    expect([index.fault("one"), index.fault("two")]).toEqual(["Has ConfigMap n/a twice", ""]);
  });

  test("puts objects where their kinds live, and finds who has the same one then", () => {
    const one = withNamespace(bodyOf("one", ["a"]), "here");
    const two = withNamespace(bodyOf("two", ["a"]), "there");
    const given = indexDesired(desired([one, two]), new Map(), nowhere);
    const placed = indexDesired(desired([one, two]), new Map(), ({ kind }) => kind === "ConfigMap");
    expect(given.claimants("/ConfigMap/here/a")).toEqual(["one"]);
    expect(placed.claimants("/ConfigMap//a")).toEqual(["one", "two"]);
    expect(placed.claimants("/ConfigMap/here/a")).toEqual([]);
    expect(placed.givenBodies.get("one")).toBe(one);
    expect(placed.content("one")).toBe(given.content("one"));
  });

  test("keeps the last content of a held application unless it came along", () => {
    const last = new Map([
      ["gone", bodyOf("gone", ["g"])],
      ["held", bodyOf("held", ["old"])],
      ["sent", bodyOf("sent", ["old"])],
    ]);
    const sent = bodyOf("sent", ["new"]);
    const held = [{ name: "sent", reason: "broken" }];
    const body = [
      { name: "sent", digest: "d" },
      { name: "held", heldReason: "cannot render" },
    ];
    const index = indexDesired(desired([sent], { held, body }), last, nowhere);
    expect([...index.bodies]).toEqual([
      ["sent", sent],
      ["held", last.get("held")],
    ]);
    expect(index.held).toEqual(
      new Map([
        ["sent", "broken"],
        ["held", "cannot render"],
      ]),
    );
  });
});

describe("unusable()", () => {
  const current = desired([]);

  test.each([
    ["the same generation", desired([]), ""],
    ["an older generation of another epoch", desired([], { header: { generation: 1, epoch: "2" } }), ""],
    [
      "an older generation",
      desired([], { header: { generation: 4 } }),
      "Generation 4 is older than 5, which is in force",
    ],
    ["a double application", desired([bodyOf("one", []), bodyOf("one", [])]), 'Application "one" is in it twice'],
    [
      "absent content",
      desired([], { body: [{ name: "one", digest: "d" }] }),
      'The content of application "one" is missing',
    ],
    ["a held application without content", desired([], { body: [{ name: "one", heldReason: "broken" }] }), ""],
  ])("judges %s", (_what, given, reason) => {
    expect(unusable(given, current)).toBe(reason);
  });
});
