import { z } from "zod";
import { adoptModes, deletionPolicies } from "../domain/index.ts";
import { driftRulesSchema, patternSchema } from "./drift-rules.ts";
import { healthChecksSchema } from "./health-checks.ts";
import {
  apiVersion,
  deleteBudgetSchema,
  durationSchema,
  nameSchema,
  serviceAccountSchema,
  valuesSchema,
} from "./parts.ts";

const namespaceSchema = nameSchema;

const specSchema = z.strictObject({
  path: z
    .string()
    .min(1, "a folder")
    .default(".")
    .describe("Folder to render, relative to this file; ${environment} and ${cluster} are filled in"),
  namespace: namespaceSchema.optional().describe("For objects that name none"),
  serviceAccount: serviceAccountSchema
    .optional()
    .describe("Whose rights count for what the agent writes; in the application's namespace, or namespace/name"),
  renderer: z
    .enum(["auto", "plain", "kustomize"])
    .default("auto")
    .describe('"auto": kustomize where the folder has a kustomization, else plain'),
  dependsOn: z.array(nameSchema).default([]).describe("Applications that must be healthy first"),
  drift: z
    .strictObject({
      mode: z.enum(["correct", "report"]).default("correct"),
      strict: z
        .boolean()
        .default(false)
        .describe(
          "What people add to its objects through kubectl, oc, k9s, Lens, OpenLens, Freelens, Headlamp, Octant, Rancher or a dashboard is drift too",
        ),
      ignore: driftRulesSchema.default([]).describe("Changes by others that are neither reported nor overwritten"),
    })
    .prefault({}),
  prune: z.boolean().default(true).describe("Delete what left Git"),
  deletion: z
    .enum(deletionPolicies)
    .optional()
    .describe(
      'What becomes of its objects when the application itself leaves Git: "orphan" leaves them to anybody; by default they are deleted, or kept with "prune: false"',
    ),
  guards: z
    .strictObject({
      maxDeletes: deleteBudgetSchema
        .optional()
        .describe("How many of its objects may be deleted at once without confirmation, instead of the environment's"),
    })
    .prefault({}),
  takeover: z
    .array(patternSchema)
    .max(100, "at most 100 patterns")
    .default([])
    .describe(
      "Field managers whose fields become Drover's, as regular expressions for the whole text, besides kubectl, Helm, Flux and Argo CD: what they wrote and Git does not say goes away",
    ),
  adopt: z
    .enum(adoptModes)
    .default("always")
    .describe(
      'Objects that exist already and nobody manages through Drover: "identical" takes those that applying would not change; the others are left alone and named. An object\'s annotation drover.dev/adopt wins',
    ),
  recreate: z
    .boolean()
    .default(false)
    .describe(
      "An object may be deleted and created again when a field that cannot be changed has changed, never a Namespace, CustomResourceDefinition or PersistentVolumeClaim. For a single object: annotation drover.dev/recreate=allowed",
    ),
  timeout: durationSchema.default("5m").describe("How long it may take to become healthy"),
  health: healthChecksSchema
    .default([])
    .describe(
      "How to tell that objects of a kind are well, in CEL, instead of by the rule that the agent has for the kind",
    ),
  substitute: valuesSchema
    .optional()
    .describe("Present, even empty: ${…} in the manifests is filled in, with these values over all others"),
  allowEmpty: z
    .boolean()
    .default(false)
    .describe("It may come to render no objects at all, which deletes those it had"),
});

export const applicationSchema = z.strictObject({
  apiVersion: z.literal(apiVersion),
  kind: z.literal("Application"),
  metadata: z.strictObject({ name: nameSchema.describe("Unique in the environment") }),
  spec: specSchema.prefault({}),
});
