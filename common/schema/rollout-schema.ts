import { z } from "zod";
import { countOrPercentSchema, durationSchema, nameSchema, percentSchema, selectorSchema } from "./parts.ts";
import { windowsSchema } from "./window-schema.ts";

const positiveSchema = z.int("a whole number").min(1, "1 or more");

const waveClustersSchema = z.union(
  [selectorSchema, positiveSchema, percentSchema, z.array(nameSchema).min(1, "at least one name")],
  "a selector, a count, a percentage, or a list of names",
);

const waveSchema = z.strictObject({
  name: nameSchema.describe("Unique in its environment"),
  clusters: waveClustersSchema
    .optional()
    .describe("Selector, list of names in order, count, or share of all clusters; none: the rest, in the last wave"),
  maxUnavailable: countOrPercentSchema
    .optional()
    .describe("Clusters of the wave that may be updating or failed at a time; at least one"),
  maxFailures: countOrPercentSchema.optional().describe("Failed clusters of the wave that are borne; none by default"),
  bake: durationSchema.optional().describe("How long all of its clusters must stay healthy without a break"),
  progressDeadline: durationSchema.optional().describe("Time that a cluster has until it is healthy"),
  before: z.array(z.string()).default([]).describe("Gates, by name, that must pass before its first cluster"),
  after: z.array(z.string()).default([]).describe("Gates, by name, that must pass after its last cluster"),
});

const timing = {
  timeout: durationSchema.default("1m").describe("Of one attempt"),
  attempts: positiveSchema.default(3).describe("Attempts that may be made before the gate has failed"),
  interval: durationSchema.default("30s").describe("Between two attempts"),
};

const urlSchema = z.url({ protocol: /^https?$/, error: "a URL such as https://shop.example/healthz" });

const conditionSchema = z
  .string()
  .regex(/^\s*(?:<=|>=|==|!=|<|>)\s*-?\d+(?:\.\d+)?\s*$/, 'a comparison such as "< 0.01"');

const gateKinds = {
  approval: z
    .strictObject({
      count: positiveSchema.default(1),
      from: z.array(z.string().min(1, "a name")).default([]).describe("Who may approve; empty: everybody"),
    })
    .describe("People who did not write or promote the revision approve it"),
  health: z
    .strictObject({
      quorum: countOrPercentSchema.default("100%"),
      scope: z.enum(["wave", "environment"]).default("wave"),
      timeout: durationSchema.default("10m"),
    })
    .describe("So many of the reachable clusters that have the revision are healthy, as their agents say"),
  http: z
    .strictObject({ url: urlSchema, status: z.int("a whole number").min(100, "100 or more").default(200), ...timing })
    .describe("GET answers with this status"),
  prometheus: z
    .strictObject({ url: urlSchema, query: z.string().min(1, "a query"), condition: conditionSchema, ...timing })
    .describe("The query's value, or each of its values, compares so"),
  job: z
    .strictObject({
      manifest: z.string().min(1, "a path"),
      namespace: nameSchema.default("default"),
      cluster: nameSchema.optional().describe("None: every cluster of the wave"),
      ...timing,
      attempts: positiveSchema.default(1),
      timeout: durationSchema.default("10m"),
    })
    .describe("A Kubernetes Job completes; its manifest is a file of the repository"),
  dryRun: z
    .strictObject({
      maxFailures: countOrPercentSchema.default(0),
      ...timing,
      attempts: positiveSchema.default(1),
      timeout: durationSchema.default("5m"),
    })
    .describe("A server-side dry-run on every cluster of the environment that can be reached"),
};

const gateSchema = z.strictObject(optionalGates()).superRefine((gate, context) => {
  const written = Object.keys(gate);
  if (written.length === 1) return;
  const kinds = Object.keys(gateKinds).map((kind) => `"${kind}"`);
  context.addIssue({ code: "custom", message: `exactly one of ${kinds.join(", ")}` });
});

function optionalGates() {
  const { approval, health, http, prometheus, job, dryRun } = gateKinds;
  return {
    approval: approval.optional(),
    health: health.optional(),
    http: http.optional(),
    prometheus: prometheus.optional(),
    job: job.optional(),
    dryRun: dryRun.optional(),
  };
}

const rolloutWindowsSchema = windowsSchema.extend({
  onClose: z
    .enum(["finishWave", "stop"])
    .default("finishWave")
    .describe("A wave that has started goes on, or takes no further cluster, when the window closes"),
});

const pacingSchema = z.strictObject({
  parallelism: positiveSchema.optional().describe("Clusters that may be updating at a time"),
  interval: durationSchema.default("0s").describe("Least time between two clusters"),
  jitter: durationSchema.default("0s").describe("Up to so much is added to the interval"),
  registry: z
    .strictObject({ label: z.string().min(1, "the name of a label"), parallelism: positiveSchema })
    .optional()
    .describe("Clusters with the same value of the label pull from one registry: so many may be updating at a time"),
});

export const rolloutSchema = z.strictObject({
  waves: z.array(waveSchema).min(1, "at least one wave").optional().describe("One after another"),
  gates: z.record(nameSchema, gateSchema).default({}).describe('By name, for "before" and "after" of waves'),
  maxUnavailable: countOrPercentSchema.default("25%").describe("Of waves that say nothing else"),
  maxFailures: countOrPercentSchema.optional().describe("Failed clusters that are borne in all waves together"),
  bake: durationSchema.default("0s").describe("Of waves that say nothing else"),
  progressDeadline: durationSchema.default("10m").describe("Of waves that say nothing else"),
  onFailure: z.enum(["rollback", "pause", "continue"]).default("pause"),
  onNewRevision: z.enum(["supersede", "queue"]).default("supersede"),
  onOverlap: z
    .enum(["block", "first"])
    .default("block")
    .describe("A cluster that two waves select blocks the start, or goes with the first"),
  join: z.enum(["released", "current"]).default("released").describe("What a cluster gets that joins during a rollout"),
  offline: z.enum(["skip", "wait"]).default("skip").describe("Offline clusters catch up later, or are waited for"),
  windows: rolloutWindowsSchema.optional(),
  pacing: pacingSchema.prefault({}),
});

export type RolloutBlock = z.output<typeof rolloutSchema>;
export type WrittenGate = z.output<typeof gateSchema>;
