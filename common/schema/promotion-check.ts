import { z } from "zod";
import { type PromotionCheck, parseDuration } from "../domain/index.ts";
import { gateOf } from "./gate-policy.ts";
import { gateKinds } from "./gate-schema.ts";
import { durationSchema, nameSchema } from "./parts.ts";

const { http, prometheus, job } = gateKinds;

const checkSchema = z
  .strictObject({
    http: http.optional(),
    prometheus: prometheus.optional(),
    job: job.optional(),
    recheck: durationSchema.default("10m").describe("How long an answer counts, for the same commit"),
  })
  .superRefine((check, context) => {
    const kinds = [check.http, check.prometheus, check.job].filter((kind) => kind !== undefined);
    if (kinds.length === 1) return;
    context.addIssue({ code: "custom", message: 'exactly one of "http", "prometheus", "job"' });
  });

/** By name. */
export const checksSchema = z.record(nameSchema, checkSchema);

export function checksOf(written: z.output<typeof checksSchema>): readonly PromotionCheck[] {
  return Object.entries(written).map(([name, { recheck, ...kinds }]) => {
    const gate = gateOf(kinds);
    if (gate.type !== "http" && gate.type !== "prometheus" && gate.type !== "job") {
      throw new Error("the schema lets only these through");
    }
    return { name, gate, recheckMs: Math.max(1_000, parseDuration(recheck) ?? 0) };
  });
}
