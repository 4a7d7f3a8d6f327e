import { z } from "zod";
import type { KindPattern, Tenant } from "../domain/index.ts";
import { nameSchema, selectorSchema, serviceAccountSchema } from "./parts.ts";

const kindsSchema = z.array(
  z
    .strictObject({ group: z.string().optional(), kind: z.string().min(1, "a kind").optional() })
    .refine(({ group, kind }) => group !== undefined || kind !== undefined, 'a "group", a "kind" or both'),
);

const namespaceSchema = z
  .string()
  .regex(/^[a-z0-9*](?:[-a-z0-9*]{0,61}[a-z0-9*])?$/, 'a namespace, or a pattern such as "team-a-*"');

export const tenantsSchema = z
  .array(
    z.strictObject({
      name: nameSchema.describe("Unique in the fleet"),
      applications: z
        .array(z.string().min(1, "a folder or a glob"))
        .min(1, "at least one folder or glob")
        .describe("Folders, or globs of application.yaml files, whose applications are this tenant's"),
      namespaces: z
        .array(namespaceSchema)
        .min(1, "at least one namespace")
        .describe('Where its objects may be; "*" stands for any text'),
      kinds: z
        .strictObject({
          allow: kindsSchema.optional().describe("Only these; every kind when absent"),
          deny: kindsSchema.default([]).describe("Not these, whatever is allowed"),
        })
        .prefault({})
        .describe(
          "Kinds of its objects; one without group stands for every group, one without kind for the whole group",
        ),
      clusterScoped: z
        .boolean()
        .default(false)
        .describe("It may have objects outside of namespaces; Namespaces only with names that it may write to"),
      clusters: selectorSchema
        .optional()
        .describe("Labels of the clusters that its applications run on; all when absent"),
      serviceAccount: serviceAccountSchema
        .refine((text) => text.includes("/"), '"namespace/name"')
        .optional()
        .describe("namespace/name whose rights count for what the agent writes; its applications may name no other"),
    }),
  )
  .default([]);

export function tenantsOf(written: z.output<typeof tenantsSchema>): readonly Tenant[] {
  return written.map(({ name, applications, namespaces, kinds, clusterScoped, clusters, serviceAccount }) => ({
    name,
    applications,
    namespaces,
    allowedKinds: kinds.allow?.map(patternOf),
    deniedKinds: kinds.deny.map(patternOf),
    clusterScoped,
    clusters,
    serviceAccount,
  }));
}

function patternOf({ group, kind }: z.output<typeof kindsSchema>[number]): KindPattern {
  return { group, kind };
}
