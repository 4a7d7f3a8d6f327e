import { expect, test } from "vitest";
import { type Refusal, statusError } from "./status-error.ts";

const doing = "apply ConfigMap shop/web";

function summaryOf(refusal: Refusal) {
  const { code, message, details, retryAfterMs } = statusError(doing, refusal);
  return { code, message, details, retryAfterMs };
}

function status(code: number, fields: Record<string, unknown>): Refusal {
  return {
    status: code,
    text: JSON.stringify({ kind: "Status", apiVersion: "v1", status: "Failure", code, ...fields }),
  };
}

test("statusError() says of an object that is too large that it is, whoever refused it", () => {
  const texts = [
    [413, "Request entity too large: limit is 3145728"],
    [500, "etcdserver: request is too large"],
    [500, "rpc error: code = ResourceExhausted desc = trying to send message larger than max (2200520 vs. 2097152)"],
  ] as const;
  for (const [code, message] of texts) {
    expect(summaryOf(status(code, { message }))).toEqual({
      code: "INVALID_ARGUMENT",
      message: `Cannot apply ConfigMap shop/web: it is larger than what a cluster can keep, about 1.5 MB: ${message}`,
      details: { status: code, tooLarge: true },
      retryAfterMs: undefined,
    });
  }
});

test("statusError() names managers and fields of a conflict", () => {
  const causes = [
    { reason: "FieldManagerConflict", message: 'conflict with "kubectl-edit" using v1', field: ".data.a" },
  ];
  const message = 'Apply failed with 1 conflict: conflict with "kubectl-edit" using v1: .data.a';
  expect(summaryOf(status(409, { reason: "Conflict", message, details: { causes } }))).toEqual({
    code: "ABORTED",
    message: `Cannot apply ConfigMap shop/web: ${message}`,
    details: { status: 409, reason: "Conflict", causes },
    retryAfterMs: undefined,
  });
});

test("statusError() tells a missing object, kind and namespace apart", () => {
  const details = [
    status(404, {
      reason: "NotFound",
      message: 'configmaps "web" not found',
      details: { name: "web", kind: "configmaps" },
    }),
    status(404, { reason: "NotFound", message: "the server could not find the requested resource", details: {} }),
    { status: 404, text: "404 page not found\n" },
    status(404, {
      reason: "NotFound",
      message: 'namespaces "shop" not found',
      details: { name: "shop", kind: "namespaces" },
    }),
  ].map((refusal) => statusError(doing, refusal).details);
  expect(details).toEqual([
    { status: 404, reason: "NotFound" },
    { status: 404, reason: "NotFound", kindUnknown: true },
    { status: 404, kindUnknown: true },
    { status: 404, reason: "NotFound", namespaceMissing: true },
  ]);
});

test.each([
  [400, 'admission webhook "deny.example.com" denied the request: no', { type: "webhook", name: "deny.example.com" }],
  [403, 'admission webhook "deny.example.com" denied the request: no', { type: "webhook", name: "deny.example.com" }],
  [
    422,
    "configmaps \"a\" is forbidden: ValidatingAdmissionPolicy 'limits' with binding 'all' denied request: too many",
    { type: "policy", name: "limits" },
  ],
  [403, 'pods "a" is forbidden: violates PodSecurity "restricted:latest": privileged', { type: "podSecurity" }],
  [403, 'serviceaccounts "default" is forbidden: pods are not wanted here', { type: "plugin" }],
])("statusError() takes %i %s for a denial of admission", (code, message, deniedBy) => {
  expect(statusError(doing, status(code, { reason: "Forbidden", message }))).toMatchObject({
    code: "INVALID_ARGUMENT",
    details: { deniedBy },
  });
});

test.each([
  'configmaps "a" is forbidden: User "joe" cannot patch resource "configmaps" in API group "" in the namespace "shop"',
  'clusterroles.rbac.authorization.k8s.io "a" is forbidden: user "joe" (groups=["x"]) is attempting to grant RBAC permissions not currently held',
])("statusError() takes 403 %s for a lack of permission", (message) => {
  const error = statusError(doing, status(403, { reason: "Forbidden", message }));
  expect({ code: error.code, deniedBy: error.details["deniedBy"] }).toEqual({ code: "PERMISSION_DENIED" });
});

test("statusError() takes an exceeded quota for something that may work later", () => {
  const message = 'configmaps "a" is forbidden: exceeded quota: small, requested: count/configmaps=1';
  expect(statusError(doing, status(403, { reason: "Forbidden", message }))).toMatchObject({
    code: "RESOURCE_EXHAUSTED",
    details: { deniedBy: { type: "quota" } },
  });
});

test("statusError() finds the fields that do not fit the schema, which the API server answers with 500", () => {
  const message =
    "failed to create typed patch object (shop/web; apps/v1, Kind=Deployment): errors:\n  .spec.replica: field not declared in schema\n  .spec.paused: expected boolean, got string";
  expect(summaryOf(status(500, { message }))).toMatchObject({
    code: "INVALID_ARGUMENT",
    details: {
      causes: [
        { field: ".spec.replica", message: "field not declared in schema" },
        { field: ".spec.paused", message: "expected boolean, got string" },
      ],
    },
  });
});

test("statusError() knows a namespace that is going away", () => {
  const causes = [
    { reason: "NamespaceTerminating", message: "namespace shop is being terminated", field: "metadata.namespace" },
  ];
  const message =
    'configmaps "a" is forbidden: unable to create new content in namespace shop because it is being terminated';
  expect(summaryOf(status(403, { reason: "Forbidden", message, details: { causes } }))).toMatchObject({
    code: "FAILED_PRECONDITION",
    details: { status: 403, reason: "Forbidden", causes, namespaceTerminating: true },
  });
});

test.each([
  [302, "UNAVAILABLE"],
  [400, "INVALID_ARGUMENT"],
  [401, "UNAUTHENTICATED"],
  [403, "PERMISSION_DENIED"],
  [404, "NOT_FOUND"],
  [410, "ABORTED"],
  [413, "INVALID_ARGUMENT"],
  [422, "INVALID_ARGUMENT"],
  [429, "RESOURCE_EXHAUSTED"],
  [500, "UNAVAILABLE"],
  [502, "UNAVAILABLE"],
  [504, "DEADLINE_EXCEEDED"],
] as const)("statusError() makes of a bare %i %s", (code, expected) => {
  const error = statusError(doing, { status: code, text: "<html>nothing useful</html>" });
  expect({ code: error.code, message: error.message }).toEqual({
    code: expected,
    message: `Cannot apply ConfigMap shop/web: the API server answered ${code}: <html>nothing useful</html>`,
  });
});

test("statusError() prefers the header's retry time to the body's", () => {
  const refusal = status(429, { reason: "TooManyRequests", message: "slow down", details: { retryAfterSeconds: 7 } });
  expect([summaryOf(refusal).retryAfterMs, summaryOf({ ...refusal, retryAfterMs: 1_000 }).retryAfterMs]).toEqual([
    7_000, 1_000,
  ]);
});
