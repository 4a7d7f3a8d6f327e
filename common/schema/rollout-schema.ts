import { z } from "zod";
import { gateSchema } from "./gate-schema.ts";
import {
  countOrPercentSchema,
  durationSchema,
  nameSchema,
  percentSchema,
  positiveSchema,
  selectorSchema,
} from "./parts.ts";
import { windowsSchema } from "./window-schema.ts";

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
