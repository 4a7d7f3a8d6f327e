import { z } from "zod";
import type { DriftRule } from "../domain/index.ts";

/** As in Flux, for the whole text. */
export const patternSchema = z.string().refine(isPattern, "a regular expression");

const pathSchema = z
  .string()
  .regex(
    /^(?:(?:\/(?:[^/~]|~[01])+)+|[A-Za-z_].*)$/,
    'a JSON pointer such as "/spec/replicas", or a path as drift is reported such as "spec.replicas"',
  );

/** Field names and meaning are those of Flux's driftDetection.ignore, with field managers added. */
export const driftRulesSchema = z
  .array(
    z
      .strictObject({
        target: z
          .strictObject({
            group: patternSchema.optional(),
            kind: patternSchema.optional(),
            namespace: patternSchema.optional(),
            name: patternSchema.optional(),
          })
          .prefault({})
          .describe("Which objects, as regular expressions for the whole text; every one when absent"),
        paths: z
          .array(pathSchema)
          .default([])
          .describe("JSON pointers, or paths as drift is reported; with all below. None: every field"),
        managers: z
          .array(patternSchema)
          .default([])
          .describe("Field managers, as regular expressions for the whole text. None: whoever it is"),
      })
      .refine(({ paths, managers }) => paths.length > 0 || managers.length > 0, 'some "paths" or "managers"'),
  )
  .max(100, "at most 100 rules");

export function driftRulesOf(written: z.output<typeof driftRulesSchema>): readonly DriftRule[] {
  return written.map(({ target: { group = "", kind = "", namespace = "", name = "" }, paths, managers }) => ({
    target: { group, kind, namespace, name },
    paths,
    managers,
  }));
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text).source !== "";
  } catch {
    return false;
  }
}
