import { z } from "zod";
import { apiVersion, deleteBudgetSchema, nameSchema, selectorSchema, valuesSchema } from "./parts.ts";
import { promotionSchema } from "./promotion-policy.ts";
import { rolloutSchema } from "./rollout-schema.ts";
import { tenantsSchema } from "./tenants.ts";

const branchSchema = z
  .string()
  .regex(/^(?![-/.])(?!.*(?:\.\.|\/\/|@\{))[^\s~^:?*[\\]+(?<![/.])$/, 'the name of a branch such as "env/staging"');

const guardsSchema = z.strictObject({
  maxDeletes: deleteBudgetSchema
    .optional()
    .describe(
      'How many objects one cluster may lose at once without confirmation: a count, or a share such as "50%" (the default), which counts from 10 deletions on',
    ),
  allowEmpty: z.boolean().default(false).describe("It may come to have no applications, which deletes those it had"),
});

const environmentSchema = z.strictObject({
  name: nameSchema.describe("Unique; part of the branch's name by default"),
  branch: branchSchema
    .optional()
    .describe('Branch whose tip is deployed; "env/<name>" by default, the trunk without "from"'),
  from: z
    .union(
      [z.string(), z.array(z.string()).min(1, "at least one environment")],
      "the name of an environment, or a list of names",
    )
    .optional()
    .describe("Environments, listed before this one, that changes are promoted from; each must have proven them"),
  clusters: selectorSchema.describe("Labels of the clusters that belong to it"),
  values: valuesSchema.default({}).describe("Values for ${…} in this environment"),
  guards: guardsSchema.prefault({}).describe("What keeps a mistake from emptying its clusters"),
  promotion: promotionSchema.optional(),
  rollout: rolloutSchema.optional(),
});

export const fleetSchema = z.strictObject({
  apiVersion: z.literal(apiVersion),
  kind: z.literal("Fleet"),
  environments: z.array(environmentSchema).min(1, "at least one environment").describe("In promotion order"),
  applications: z
    .array(z.string().min(1, "a glob"))
    .default(["apps/**/application.yaml"])
    .describe("Globs, relative to the root of the repository; an empty list deliberately takes every application away"),
  clusters: z
    .array(z.strictObject({ name: nameSchema, values: valuesSchema.default({}) }))
    .default([])
    .describe("Values for ${…} by cluster; they win over the environment's"),
  tenants: tenantsSchema.describe("What the applications of a folder may bring; others are the platform's own"),
});

export type FleetFile = z.infer<typeof fleetSchema>;
