import { expect, test } from "vitest";
import { type ApplicationBody, defaultPolicy } from "../domain/index.ts";
import {
  decodeApplicationBody,
  decodeAssignmentBody,
  decodeAssignmentHeader,
  encodeApplicationBody,
  encodeAssignmentBody,
  encodeAssignmentHeader,
} from "./assignment-codec.ts";
import { applicationBodyMessage } from "./messages.ts";

const body: ApplicationBody = {
  name: "shop",
  revision: "abc",
  objects: [
    {
      apiVersion: "apps/v1",
      ref: { group: "apps", kind: "Deployment", namespace: "shop", name: "web" },
      digest: "d".repeat(64),
      source: "apps/shop/web.yaml:1",
    },
    {
      apiVersion: "v1",
      ref: { group: "", kind: "ConfigMap", namespace: "shop", name: "web" },
      digest: "e".repeat(64),
      source: "",
      policy: { apply: "ifNotPresent", adopt: "", recreate: "allowed" },
    },
  ],
  policy: {
    prune: true,
    deletion: "orphan",
    maxDeletes: { most: 20, isPercent: false },
    driftMode: "correct",
    driftStrict: true,
    driftIgnore: [
      {
        target: { group: "apps", kind: "Deployment", namespace: "", name: "" },
        paths: ["/spec/replicas"],
        managers: ["hpa"],
      },
    ],
    timeoutSeconds: 300,
    health: [{ group: "example.com", kind: "Widget", inProgress: "", failed: "status.bad", current: "status.good" }],
    serviceAccount: "shop/deployer",
    namespacedOnly: true,
    apply: { takeover: ["my-.*"], adopt: "identical", recreate: true },
  },
  dependsOn: ["database"],
};

test("decodeApplicationBody() reads what encodeApplicationBody() wrote", () => {
  expect(decodeApplicationBody(encodeApplicationBody(body))).toEqual(body);
});

test("decodeApplicationBody() takes a policy without health checks, as an older hub sends it", () => {
  const policy = { prune: true, driftMode: "correct", driftIgnore: [], driftStrict: false, timeoutSeconds: 300 };
  const bytes = applicationBodyMessage.encode({ name: "shop", policy });
  expect(decodeApplicationBody(bytes).policy).toEqual(defaultPolicy);
  expect(encodeApplicationBody({ ...body, policy: defaultPolicy })).toEqual(
    applicationBodyMessage.encode({
      name: body.name,
      revision: body.revision,
      policy,
      dependsOn: [...body.dependsOn],
      objects: body.objects.map(({ apiVersion, ref, digest, source, policy: said }) => ({
        apiVersion,
        ...ref,
        digest,
        source,
        ...said,
      })),
    }),
  );
});

test("decodeAssignmentBody() reads what encodeAssignmentBody() wrote, a budget only where there is one", () => {
  const applications = [
    { name: "a", digest: "d" },
    { name: "b", heldReason: "broken" },
  ];
  for (const each of [{ applications }, { applications, maxDeletes: { most: 0, isPercent: true } }]) {
    expect(decodeAssignmentBody(encodeAssignmentBody(each))).toEqual(each);
  }
});

test("decodeAssignmentHeader() reads what encodeAssignmentHeader() wrote", () => {
  const header = {
    ...{ cluster: "east", environment: "dev", epoch: "e", generation: 3, digest: "d", revision: "r" },
    epochConfirmed: true,
    confirmedPrunes: [{ application: "shop", digest: "c" }],
  };
  expect(decodeAssignmentHeader(encodeAssignmentHeader(header))).toEqual(header);
});

test("decodeApplicationBody() leaves out moments and policies of hooks that a newer hub knows", () => {
  const hook = {
    moments: [
      { phase: "PreSync", only: "" },
      { phase: "MidSync", only: "" },
      { phase: "PostSync", only: "weekend" },
    ],
    deletePolicies: ["HookSucceeded", "HookBored"],
    timeoutSeconds: 5,
  };
  const object = { apiVersion: "batch/v1", kind: "Job", namespace: "shop", name: "a", digest: "d", hook, wave: -3 };
  const bytes = applicationBodyMessage.encode({ name: "shop", objects: [object] });
  expect(decodeApplicationBody(bytes).objects[0]).toMatchObject({
    wave: -3,
    hook: { moments: [{ phase: "PreSync", only: "" }], deletePolicies: ["HookSucceeded"], timeoutSeconds: 5 },
  });
});
