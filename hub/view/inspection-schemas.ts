/** The JSON of what agents are asked for; the types are those of common/domain/inspection.ts. */
import { z } from "zod";
import {
  diffActions,
  type FleetDiff,
  type HookDiff,
  hookActions,
  hookPhases,
  type LogLines,
  logChanges,
  type ObjectDiff,
} from "../../common/domain/index.ts";
import { type Loose, ref, type Same } from "./schemas.ts";

export const manifestSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
});

const errors = z.array(z.object({ application: z.string(), object: z.object(ref).optional(), message: z.string() }));
const objects = z.array(
  z.object({
    ...ref,
    application: z.string(),
    action: z.enum(diffActions),
    source: z.string(),
    fields: z.array(z.object({ path: z.string(), before: z.unknown().optional(), after: z.unknown().optional() })),
    object: manifestSchema.optional(),
    reason: z.string().optional(),
    takenFrom: z
      .array(z.string())
      .optional()
      .describe("Managers whose fields become ours: what of them Git does not say goes"),
    truncated: z.literal(true).optional(),
  }),
);
const hooks = z.array(
  z.object({
    ...ref,
    application: z.string(),
    action: z.enum(hookActions),
    phase: z.enum(hookPhases).optional(),
    source: z.string(),
    reason: z.string().optional(),
  }),
);
const unknown = z.array(z.object({ cluster: z.string(), reason: z.string() })).readonly();

const diffSchema = z.object({
  environment: z.string(),
  revision: z.string().nullable(),
  summary: z.object({ identical: z.number(), different: z.number(), failed: z.number(), unknown: z.number() }),
  groups: z.array(
    z.object({
      state: z.enum(["identical", "different", "failed"]),
      digest: z.string(),
      clusters: z.array(z.string()),
      objects,
      hooks: hooks.optional().describe("Run, not kept: none of this is drift. Absent: the agent is too old to say"),
      errors,
    }),
  ),
  unknown,
});

const errorLine = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

export const diffLineSchema = z.union([
  z.object({ progress: z.object({ answered: z.number(), asked: z.number() }) }),
  z.object({ diff: diffSchema }),
  errorLine,
]);

const logSchema = z.object({
  pod: z.string(),
  container: z.string(),
  lines: z.array(z.string()),
  error: z.string().optional(),
  change: z
    .enum(logChanges)
    .optional()
    .describe("Of logs that are followed: a run of the container is read from now on, has ended, or is waited for"),
  reason: z.string().optional(),
});

export const logLinesSchema = z.union([logSchema, errorLine]);

export const eventItemsSchema = z.object({
  items: z
    .array(
      z.object({
        cluster: z.string(),
        application: z.string(),
        kind: z.string(),
        namespace: z.string(),
        name: z.string(),
        type: z.string(),
        reason: z.string(),
        message: z.string(),
        count: z.number(),
        firstSeen: z.string(),
        lastSeen: z.string(),
        from: z.string(),
      }),
    )
    .readonly(),
  unknown,
});

/** The schemas and the domain say the same, or this does not compile. @public */
export type InspectionSchemasMatchDomain = [
  Same<keyof z.infer<typeof diffSchema>, keyof FleetDiff>,
  Same<keyof z.infer<typeof diffSchema>["groups"][number], keyof FleetDiff["groups"][number]>,
  Same<keyof z.infer<typeof objects>[number], keyof ObjectDiff>,
  Same<Loose<z.infer<typeof hooks>[number]>, Loose<HookDiff>>,
  Same<Loose<z.infer<typeof logSchema>>, Loose<LogLines>>,
];
