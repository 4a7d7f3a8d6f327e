import { z } from "zod";
import { isCron, isTimeZone } from "../windows/index.ts";
import { durationSchema } from "./parts.ts";

const windowSchema = z
  .strictObject({
    cron: z.string().refine(isCron, 'five fields such as "0 9 * * 1-5"').optional().describe("When it opens"),
    duration: durationSchema.optional().describe('How long it stays open; with "cron"'),
    from: z.string().optional().describe('"2026-12-20" or "2026-12-20T18:00", in the time zone'),
    to: z.string().optional().describe('Not included; with "from"'),
    reason: z.string().default("").describe("Shown while it closes"),
  })
  .superRefine(({ cron, duration, from, to }, context) => {
    const repeats = cron !== undefined && duration !== undefined && from === undefined && to === undefined;
    const once = from !== undefined && to !== undefined && cron === undefined && duration === undefined;
    if (!repeats && !once) context.addIssue({ code: "custom", message: '"cron" and "duration", or "from" and "to"' });
  });

/** When something may start. */
export const windowsSchema = z.strictObject({
  timeZone: z.string().refine(isTimeZone, 'an IANA time zone such as "Europe/Berlin"').default("UTC"),
  allow: z.array(windowSchema).default([]).describe("None: whenever no deny closes"),
  deny: z.array(windowSchema).default([]).describe("Beats allow"),
});

export type WrittenWindow = z.output<typeof windowSchema>;
export type WrittenWindows = z.output<typeof windowsSchema>;
