import { z } from "zod";
import { parseCondition } from "../cel/index.ts";
import { groupOf, type HealthCheck } from "../domain/index.ts";
import { toAppError } from "../errors.ts";

const conditionSchema = z.string().superRefine((text, context) => {
  try {
    parseCondition(text);
  } catch (thrown) {
    context.addIssue({ code: "custom", message: `a CEL expression (${toAppError(thrown).message})` });
  }
});

const groupSchema = z.string().regex(/^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?)?$/, "an API group");

const healthCheckSchema = z
  .strictObject({
    apiVersion: z
      .string()
      .regex(/^(?:[a-z0-9][-a-z0-9.]*\/)?[a-z0-9]+$/, 'an API version such as "cert-manager.io/v1"')
      .optional()
      .describe('Or "group"; any version of its group is meant, as in Flux'),
    group: groupSchema.optional().describe('Or "apiVersion"; empty is the core group'),
    kind: z.string().min(1, "a kind").optional().describe("None: every kind of the group that has no check of its own"),
    current: conditionSchema.describe("CEL: true when the object is well"),
    inProgress: conditionSchema.optional().describe("CEL, asked first: true when it is not well yet"),
    failed: conditionSchema.optional().describe("CEL, asked second: true when it will not get well by itself"),
  })
  .superRefine(({ apiVersion, group, kind }, context) => {
    if ((apiVersion === undefined) === (group === undefined)) {
      context.addIssue({ code: "custom", message: 'one of "group" and "apiVersion"' });
    } else if (kind === "Secret" && (group ?? groupOf(apiVersion ?? "")) === "") {
      const message = "another kind than Secret, whose values are not watched";
      context.addIssue({ code: "custom", path: ["kind"], message });
    }
  });

/** Field names and meaning are those of Flux's healthCheckExprs. */
export const healthChecksSchema = z.array(healthCheckSchema).max(100, "at most 100 health checks");

export function healthChecksOf(written: z.output<typeof healthChecksSchema>): readonly HealthCheck[] {
  return written.map(({ apiVersion, group, kind, inProgress, failed, current }) => ({
    group: group ?? groupOf(apiVersion ?? ""),
    kind: kind ?? "",
    inProgress: inProgress ?? "",
    failed: failed ?? "",
    current,
  }));
}

/** Index of the first check for what an earlier one is for. */
export function repeatedHealthCheck(checks: readonly HealthCheck[]): number | undefined {
  const repeated = checks.findIndex(({ group, kind }, index) =>
    checks.slice(0, index).some((earlier) => earlier.group === group && earlier.kind === kind),
  );
  return repeated === -1 ? undefined : repeated;
}
