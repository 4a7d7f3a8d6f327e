import { z } from "zod";
import { countOrPercentSchema, durationSchema, nameSchema, positiveSchema } from "./parts.ts";

const timing = {
  timeout: durationSchema.default("1m").describe("Of one attempt"),
  attempts: positiveSchema.default(3).describe("Attempts that may be made before the gate has failed"),
  interval: durationSchema.default("30s").describe("Between two attempts"),
};

const urlSchema = z.url({ protocol: /^https?$/, error: "a URL such as https://shop.example/healthz" });

const conditionSchema = z
  .string()
  .regex(/^\s*(?:<=|>=|==|!=|<|>)\s*-?\d+(?:\.\d+)?\s*$/, 'a comparison such as "< 0.01"');

/** By kind; exactly one of them makes a gate. */
export const gateKinds = {
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

export const gateSchema = z.strictObject(optionalGates()).superRefine((gate, context) => {
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

export type WrittenGate = z.output<typeof gateSchema>;
