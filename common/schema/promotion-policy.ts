import { z } from "zod";
import {
  defaultPromotion,
  type PromotionPolicy,
  parseDuration,
  promotionModes,
  promotionOrders,
} from "../domain/index.ts";
import { countSchema, durationSchema, percentSchema } from "./parts.ts";

/** The section `promotion` of an environment in fleet.yaml. */
export const promotionSchema = z.strictObject({
  mode: z
    .enum(promotionModes)
    .default(defaultPromotion.mode)
    .describe('"auto": as soon as every gate has passed; "manual": by `drover promote`; "never"'),
  soak: durationSchema
    .default("0s")
    .describe("How long the upstream environment must have been healthy with a commit, without a break"),
  approvals: countSchema
    .default(defaultPromotion.approvals)
    .describe("People other than the author who must approve the commit (`drover approve`)"),
  quorum: percentSchema
    .default("100%")
    .describe("Share of the upstream clusters that must be healthy; the others may be offline, but not unhealthy"),
  order: z
    .enum(promotionOrders)
    .default(defaultPromotion.order)
    .describe(
      'Which proven commit goes next: "latest", one after the other ("queue"), or the newest once per window ("batch")',
    ),
  window: durationSchema.optional().describe('Least time between two promotions, with the order "batch"'),
});

export type WrittenPromotion = z.infer<typeof promotionSchema>;

export function promotionOf(written: WrittenPromotion | undefined): PromotionPolicy {
  if (written === undefined) return defaultPromotion;
  const { mode, approvals, order } = written;
  return {
    mode,
    soakMs: parseDuration(written.soak) ?? 0,
    approvals,
    quorumPercent: Number.parseInt(written.quorum, 10),
    order,
    windowMs: parseDuration(written.window ?? "0s") ?? 0,
  };
}

/** What is wrong with it: the key and what is expected there. */
export function promotionMistake(
  written: WrittenPromotion,
  hasUpstream: boolean,
): { readonly key: string | undefined; readonly message: string } | undefined {
  if (!hasUpstream) {
    return {
      key: undefined,
      message: 'Expected no section "promotion" without "from": nothing is promoted into this environment',
    };
  }
  if (written.order === "batch" && written.window === undefined) {
    return { key: "order", message: 'Expected a "window" with the order "batch", such as "4h"' };
  }
  if (written.order !== "batch" && written.window !== undefined) {
    return { key: "window", message: `Expected no "window" with the order "${written.order}"` };
  }
  return undefined;
}
