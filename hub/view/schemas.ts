/** The JSON of the HTTP API, once: validation, serialisation and OpenAPI come from here; the types are those of common/domain. */
import { z } from "zod";
import {
  type ApplicationView,
  type ClusterView,
  type DeliveryView,
  type DriftView,
  driftStates,
  type EnvironmentChanges,
  type EnvironmentView,
  fileChanges,
  healthStates,
  type ObjectView,
  type PromotionView,
  promotionKinds,
  promotionModes,
  type RolloutView,
  rolloutViewStates,
  syncStates,
} from "../../common/domain/index.ts";
import type { EnrolResponse, JoinResult, PromotionResult, RolloutPlan } from "../surfaces.ts";

const sync = z.enum(syncStates);
const health = z.enum(healthStates);
const labels = z.record(z.string(), z.string());
const problem = z.object({
  severity: z.enum(["error", "warning"]),
  message: z.string(),
  position: z.object({ file: z.string(), line: z.number().optional(), path: z.string().optional() }).optional(),
});

export const clusterSchema = z.object({
  name: z.string(),
  labels,
  connected: z.boolean(),
  lastSeen: z.string().nullable(),
  agentVersion: z.string(),
  kubernetesVersion: z.string(),
  identity: z.enum(["pending", "active", "revoked"]),
  environments: z.array(
    z.object({
      name: z.string(),
      revision: z.string(),
      generation: z.number(),
      sync,
      health,
      drifted: z.number(),
      message: z.string(),
      suspended: z
        .object({ by: z.string(), reason: z.string(), since: z.string() })
        .nullable()
        .describe("It keeps what it has until somebody resumes it"),
    }),
  ),
});

export const environmentSchema = z.object({
  name: z.string(),
  branch: z.string(),
  revision: z.string().nullable(),
  pending: z.string().nullable(),
  from: z.string().nullable(),
  upstreams: z.array(z.string()).describe("Environments that changes come from; `from` is the first"),
  clusters: z.object({
    total: z.number(),
    synced: z.number(),
    healthy: z.number(),
    drifted: z.number(),
    offline: z.number(),
    suspended: z.number().describe("They keep what they have until somebody resumes them"),
  }),
  message: z.string().describe("Why some of its clusters are not synced and healthy, equal reasons together"),
  hold: z.string().nullable(),
  freeze: z.string().nullable(),
  sync,
  health,
  problems: z.array(problem),
});

export const ref = { group: z.string(), kind: z.string(), namespace: z.string(), name: z.string() };

const blockedPrune = z
  .object({
    digest: z.string().describe("Stands for exactly these objects: what a confirmation names"),
    count: z.number(),
    reason: z.string(),
    objects: z.array(z.object(ref)).describe("The first ones"),
    confirmed: z.object({ actor: z.string(), at: z.string() }).nullable(),
  })
  .nullable()
  .describe("Deletions that wait for confirmation");

export const applicationSchema = z.object({
  environment: z.string(),
  cluster: z.string(),
  name: z.string(),
  revision: z.string(),
  sync,
  health,
  message: z.string(),
  objects: z.number(),
  drifted: z.number(),
  blockedPrune,
  problems: z.array(problem),
});

export const objectSchema = z.object({
  environment: z.string(),
  cluster: z.string(),
  application: z.string(),
  ...ref,
  revision: z.string(),
  sync,
  health,
  message: z.string(),
});

export const driftSchema = z.object({
  environment: z.string(),
  cluster: z.string(),
  application: z.string(),
  object: z.object(ref),
  state: z.enum(driftStates),
  fields: z.array(
    z.object({
      path: z.string(),
      desired: z.unknown().optional(),
      live: z.unknown().optional(),
      manager: z.string(),
      at: z.string(),
      operation: z.string().optional(),
    }),
  ),
  count: z.number(),
  firstSeen: z.string(),
  lastSeen: z.string(),
  resolvedAt: z.string().optional(),
});

export const problemSchema = problem;

export const joinBody = z.strictObject({
  name: z
    .string()
    .regex(
      /^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$/,
      "Expected lower-case letters, digits, '-' and '.', at most 63 characters",
    ),
  labels: labels.default({}),
  replace: z.boolean().default(false),
});

export const joinSchema = z.object({ name: z.string(), token: z.string(), expiresAt: z.string(), command: z.string() });

export const labelBody = z.strictObject({ labels: z.record(z.string(), z.string().nullable()) });

export const promoteBody = z.strictObject({
  revision: z.string().min(4).optional(),
  emergency: z.boolean().default(false).describe("Past freezes and closed windows; needs a reason, which is recorded"),
  reason: z.string().max(1000).default(""),
  waitSeconds: z
    .int()
    .min(0)
    .max(3600)
    .default(30)
    .describe("How long gates that only wait are given before it is refused"),
});

export const approveBody = z.strictObject({ revision: z.string().min(4).optional() });

export const approvalSchema = z.object({ environment: z.string(), revision: z.string() });

const gateSchema = z.object({
  name: z.string(),
  state: z.enum(["passed", "waiting", "failed"]),
  reason: z.string(),
  until: z.string().nullable(),
});

export const promotionRecordSchema = z.object({
  kind: z.enum(promotionKinds),
  environment: z.string(),
  from: z.string().nullable(),
  to: z.string(),
  commit: z.string(),
  actor: z.string(),
  at: z.string(),
  proof: z.array(z.string()),
  bypassed: z.array(z.string()),
  reason: z.string().describe("In the words of whoever went past gates or rolled back"),
  waitedMs: z
    .record(z.string(), z.number())
    .optional()
    .describe("By gate that it waited on and that let it through; not there where nobody watched"),
});

export const changesSchema = z.object({
  environment: z.string(),
  from: z.string(),
  running: z.string().nullable(),
  revision: z.string(),
  commits: z.array(z.object({ revision: z.string(), subject: z.string(), author: z.string(), at: z.string() })),
  files: z.array(z.object({ path: z.string(), change: z.enum(fileChanges) })),
  complete: z.boolean().describe("False: there is more than is listed"),
});

export const deliverySchema = z.object({
  environment: z.string(),
  application: z.string().nullable().describe("Only promotions that changed its files count; null: all"),
  windowMs: z.number(),
  deployments: z.number(),
  deploymentsPerDay: z.number(),
  leadTimeMs: z.number().nullable(),
  changeFailureRate: z.number().nullable().describe("0 to 1"),
  restoreMs: z.number().nullable(),
  unwatched: z.number().describe("Promotions of which nobody saw when they were healthy: their own time stands in"),
  waitedMs: z.record(z.string(), z.number()).describe("By gate, the median of the promotions that waited on it"),
});

export const wayInSchema = z.object({
  environment: z.string(),
  from: z.string(),
  upstreams: z.array(z.string()),
  branch: z.string(),
  mode: z.enum(promotionModes),
  running: z.string().nullable(),
  candidate: z.string().nullable(),
  state: z.enum(["idle", "waiting", "blocked", "ready"]),
  gates: z.array(gateSchema),
  approvals: z.array(z.object({ actor: z.string(), at: z.string() })),
  pullRequest: z.string().nullable(),
  problems: z.array(problem),
  last: promotionRecordSchema.nullable(),
});

export const reasonBody = z.strictObject({ reason: z.string().max(1000).default("") });

export const rollbackBody = z.strictObject({
  to: z
    .string()
    .min(4)
    .optional()
    .describe("Commit whose files come back; the release before the present one otherwise"),
  reason: z.string().max(1000).default(""),
});

const time = z.string().describe("ISO 8601");
const counts = z.object({
  total: z.number(),
  waiting: z.number(),
  updating: z.number(),
  healthy: z.number(),
  failed: z.number(),
  debt: z.number().describe("Catch up later"),
});

export const rolloutSchema = z.object({
  environment: z.string(),
  state: z.enum(rolloutViewStates),
  message: z.string().describe("What it waits for, or why it stopped"),
  since: time.nullable(),
  startedAt: time.nullable(),
  revision: z.string().nullable(),
  kind: z.enum(["forward", "rollback"]),
  released: z.string().nullable(),
  wave: z.string().nullable(),
  waves: z.array(
    z.object({ name: z.string(), state: z.enum(["pending", "current", "passed", "skipped"]), clusters: counts }),
  ),
  gates: z.array(
    z.object({
      wave: z.string(),
      when: z.enum(["before", "after"]),
      name: z.string(),
      state: z.enum(["running", "pending", "passed", "failed"]),
      message: z.string(),
      since: time,
      approvedBy: z.array(z.string()),
    }),
  ),
  failures: z.array(z.object({ cluster: z.string(), wave: z.string(), message: z.string() })),
  debt: z.array(z.object({ cluster: z.string(), reason: z.string(), since: z.string() })),
  queue: z.array(z.string()),
  hold: z.object({ reason: z.string(), by: z.string(), since: time }).nullable(),
  heldBack: z.string().nullable(),
  quarantine: z.array(z.object({ revision: z.string(), reason: z.string(), since: time })),
  history: z.array(
    z.object({ at: time, revision: z.string(), what: z.string(), actor: z.string(), reason: z.string() }),
  ),
  past: z.array(
    z.object({
      revision: z.string(),
      kind: z.enum(["forward", "rollback"]),
      startedAt: time,
      endedAt: time,
      outcome: z.enum(["done", "aborted", "superseded", "rolledBack"]),
      reason: z.string(),
    }),
  ),
});

export const rolloutPlanSchema = z.object({
  environment: z.string(),
  revision: z.string(),
  waves: z.array(
    z.object({
      name: z.string(),
      clusters: z.array(z.string()),
      maxUnavailable: z.number().describe("At a time"),
      maxFailures: z.number(),
      bakeMs: z.number(),
      before: z.array(z.string()),
      after: z.array(z.string()),
      startsAt: time,
      waitsForWindowMs: z.number(),
      expectedMs: z.number(),
    }),
  ),
  expectedMs: z.number().describe("Were each cluster to take a minute and approvals no time"),
  problems: z.array(z.string()),
});

export const promotionSchema = z.object({
  environment: z.string(),
  branch: z.string(),
  from: z.string().nullable(),
  to: z.string(),
  moved: z.boolean(),
  pullRequest: z.string().optional().describe("What has to be merged for the branch to move; absent: nothing"),
});

export const pruneConfirmationBody = z.strictObject({
  prunes: z
    .array(z.strictObject({ cluster: z.string(), application: z.string(), digest: z.string() }))
    .min(1, "at least one")
    .max(10_000)
    .describe("As applications have them in blockedPrune"),
});

export const suspendBody = z.strictObject({
  cluster: z.string().optional().describe("None: all of the environment"),
  reason: z.string().default(""),
});

export const syncBody = z.strictObject({ cluster: z.string().optional() });

export const enrolBody = z.strictObject({
  token: z.string().max(4096),
  csr: z.string().max(16_384),
  clusterUid: z.string().min(1).max(128),
  agentVersion: z.string().max(128),
});

export const enrolSchema = z.object({
  cluster: z.string(),
  certificate: z.string(),
  ca: z.string(),
  assignmentKey: z.string(),
  hub: z.string(),
});

export const filterQuery = z.strictObject({
  environment: z.string().optional(),
  cluster: z.string().optional(),
  application: z.string().optional(),
  name: z.string().optional(),
});

const errorSchema = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    position: z.object({ file: z.string(), line: z.number().optional(), path: z.string().optional() }).optional(),
  }),
});

/** For the document; every route may answer so. */
export const errorResponses = { default: errorSchema.describe("Refused or failed: code and reason") };

export const eventSchema = z.string().describe("text/event-stream");

export const webhookSchema = z.object({ accepted: z.boolean() });

export const statusSchema = z.object({ status: z.string(), reason: z.string().optional() });

export type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;
export type Loose<T> = { -readonly [K in keyof T]: T[K] extends object ? Loose<T[K]> : T[K] };
/** The schemas and the domain say the same, or this does not compile. @public */
export type SchemasMatchDomain = [
  Same<Loose<z.infer<typeof clusterSchema>>, Loose<ClusterView>>,
  Same<Loose<z.infer<typeof environmentSchema>["clusters"]>, Loose<EnvironmentView["clusters"]>>,
  Same<keyof z.infer<typeof environmentSchema>, keyof EnvironmentView>,
  Same<keyof z.infer<typeof applicationSchema>, keyof ApplicationView>,
  Same<Loose<z.infer<typeof objectSchema>>, Loose<ObjectView>>,
  Same<keyof z.infer<typeof driftSchema>, keyof DriftView>,
  Same<Loose<z.infer<typeof wayInSchema>>, Loose<PromotionView>>,
  Same<Loose<z.infer<typeof changesSchema>>, Loose<EnvironmentChanges>>,
  Same<Loose<z.infer<typeof deliverySchema>>, Loose<DeliveryView>>,
  Same<Loose<z.infer<typeof rolloutSchema>>, Loose<RolloutView>>,
  Same<Loose<z.infer<typeof rolloutPlanSchema>>, Loose<RolloutPlan>>,
  Same<Loose<z.infer<typeof joinSchema>>, Loose<JoinResult>>,
  Same<Loose<z.infer<typeof promotionSchema>>, Loose<PromotionResult>>,
  Same<Loose<z.infer<typeof enrolSchema>>, Loose<EnrolResponse>>,
];
