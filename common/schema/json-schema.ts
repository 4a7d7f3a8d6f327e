import { z } from "zod";
import { applicationSchema } from "./application-schema.ts";
import { fleetSchema } from "./fleet-schema.ts";

export type JsonSchema = Readonly<Record<string, unknown>>;

/** For editors: what may be written, so fields with a default are optional. */
export function fleetJsonSchema(): JsonSchema {
  return titled("fleet.yaml", fleetSchema);
}

export function applicationJsonSchema(): JsonSchema {
  return titled("application.yaml", applicationSchema);
}

function titled(title: string, schema: z.ZodType): JsonSchema {
  return { title, ...z.toJSONSchema(schema, { io: "input" }) };
}
