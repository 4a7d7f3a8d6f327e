import { Validator } from "@seriousme/openapi-schema-validator";
import { request } from "undici";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ApiHub, startApiHub } from "./http-api-fixture.ts";

interface Operation {
  readonly summary?: string;
  readonly requestBody?: object;
  readonly security?: readonly object[];
  readonly responses: Readonly<Record<string, object>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

let hub: ApiHub;
let document: Document;

beforeAll(async () => {
  hub = await startApiHub();
  document = (await (await request(`${hub.url}/api/v1/openapi.json`)).body.json()) as Document;
});
afterAll(() => hub.close());

test("openapi.json is valid OpenAPI 3.1", async () => {
  const result = await new Validator().validate(structuredClone(document) as unknown as Record<string, unknown>);
  expect([result.valid, result.errors, (document as unknown as { openapi: string }).openapi]).toEqual([
    true,
    undefined,
    "3.1.0",
  ]);
});

test("openapi.json says of each operation who may call it, what it takes and what it answers", () => {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { summary, requestBody, security, responses }]) =>
      [
        `${method.toUpperCase()} ${path}`,
        security?.length === 0 ? "open" : "token",
        ...(requestBody === undefined ? [] : ["body"]),
        ...Object.keys(responses),
        ...(summary === undefined ? ["NO SUMMARY"] : []),
      ].join(" "),
    ),
  );
  expect(operations.sort()).toEqual([
    "DELETE /api/v1/clusters/{name} token 204 default",
    "DELETE /api/v1/session open 204 default",
    "DELETE /api/v1/tokens/{name} token 204 default",
    "GET /api/v1/applications token 200 default",
    "GET /api/v1/clusters token 200 default",
    "GET /api/v1/deliveries token 200 default",
    "GET /api/v1/drift token 200 default",
    "GET /api/v1/environments token 200 default",
    "GET /api/v1/environments/{name}/changes token 200 default",
    "GET /api/v1/environments/{name}/diff token 200 default",
    "GET /api/v1/environments/{name}/events token 200 default",
    "GET /api/v1/environments/{name}/history token 200 default",
    "GET /api/v1/environments/{name}/logs token 200 default",
    "GET /api/v1/environments/{name}/object token 200 default",
    "GET /api/v1/environments/{name}/rollout/plan token 200 default",
    "GET /api/v1/events token 200 default",
    "GET /api/v1/freezes token 200 default",
    "GET /api/v1/objects token 200 default",
    "GET /api/v1/problems token 200 default",
    "GET /api/v1/promotions token 200 default",
    "GET /api/v1/rollouts token 200 default",
    "GET /api/v1/schemas/application.json open 200",
    "GET /api/v1/schemas/fleet.json open 200",
    "GET /api/v1/session token 200 default",
    "GET /api/v1/tokens token 200 default",
    "GET /healthz open 200",
    "GET /metrics open 200",
    "GET /readyz open 200 503",
    "PATCH /api/v1/clusters/{name}/labels token body 204 default",
    "POST /api/v1/clusters token body 201 default",
    "POST /api/v1/clusters/{name}/revoke token 204 default",
    "POST /api/v1/clusters/{name}/trust token 204 default",
    "POST /api/v1/enrol open body 200 default",
    "POST /api/v1/environments/{name}/approve token body 200 default",
    "POST /api/v1/environments/{name}/promote token body 200 default",
    "POST /api/v1/environments/{name}/prune-confirmations token body 204 default",
    "POST /api/v1/environments/{name}/resume token body 204 default",
    "POST /api/v1/environments/{name}/rollback token body 200 default",
    "POST /api/v1/environments/{name}/rollout/{action} token body 204 default",
    "POST /api/v1/environments/{name}/suspend token body 204 default",
    "POST /api/v1/environments/{name}/sync token body 204 default",
    "POST /api/v1/freezes token body 201 default",
    "POST /api/v1/freezes/lift token body 204 default",
    "POST /api/v1/session open body 200 default",
    "POST /api/v1/tokens token body 201 default",
    "POST /api/v1/webhooks/git open 202 default",
  ]);
});
