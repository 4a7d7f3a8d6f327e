import { expect, test } from "vitest";
import { applicationJsonSchema, fleetJsonSchema } from "./json-schema.ts";

test("fleetJsonSchema() and applicationJsonSchema() describe what may be written, closed to unknown fields", () => {
  expect(fleetJsonSchema()).toMatchObject({
    title: "fleet.yaml",
    type: "object",
    required: ["apiVersion", "kind", "environments"],
    additionalProperties: false,
  });
  expect(applicationJsonSchema()).toMatchObject({
    title: "application.yaml",
    type: "object",
    required: ["apiVersion", "kind", "metadata"],
    additionalProperties: false,
  });
});
