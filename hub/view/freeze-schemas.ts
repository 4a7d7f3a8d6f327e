import { z } from "zod";
import type { Freeze } from "../../common/domain/index.ts";
import type { Loose, Same } from "./schemas.ts";

export const freezeSchema = z.object({
  environment: z.string().nullable().describe("Null: every environment"),
  reason: z.string(),
  by: z.string(),
  since: z.string().describe("ISO 8601"),
  until: z.string().nullable().describe("ISO 8601, not included; null: until it is lifted"),
});

const environment = z.string().optional().describe("None: everything");

export const freezeBody = z.strictObject({
  environment,
  reason: z.string().min(1, "a reason").max(1000),
  until: z.string().optional().describe('ISO 8601 with a time zone, or a duration from now such as "8h"'),
});

export const unfreezeBody = z.strictObject({ environment, reason: z.string().max(1000).default("") });

/** @public */
export type FreezeSchemaMatchesDomain = Same<Loose<z.infer<typeof freezeSchema>>, Loose<Freeze>>;
