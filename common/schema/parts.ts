/** Pieces that both files are made of. The text of a check says what is expected there. */
import { z } from "zod";
import { type DeleteBudget, durationPattern } from "../domain/index.ts";

export const apiVersion = "drover.dev/v1alpha1";

export const nameSchema = z
  .string()
  .regex(/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/, "at most 63 lower-case letters, digits and dashes");

export const durationSchema = z.string().regex(durationPattern, 'a duration such as "30s", "10m" or "1h30m"');

export const countSchema = z.int("a whole number").min(0, "0 or more");

export const positiveSchema = z.int("a whole number").min(1, "1 or more");

export const percentSchema = z.string().regex(/^(?:100|[1-9]?\d)%$/, 'a percentage from "0%" to "100%"');

export const countOrPercentSchema = z.union(
  [countSchema, percentSchema],
  'a count such as 2, or a percentage such as "25%"',
);

/** What may be deleted at once. */
export const deleteBudgetSchema = countOrPercentSchema.transform(
  (written): DeleteBudget =>
    typeof written === "number"
      ? { most: written, isPercent: false }
      : { most: Number.parseInt(written, 10), isPercent: true },
);

/** Names of variables are Flux's, so that manifests can be shared. */
export const valuesSchema = z.record(
  z.string().regex(/^[_A-Za-z]\w*$/, "letters, digits and underscores, not starting with a digit"),
  z.string(),
);

/** In front of the slash a namespace. */
export const serviceAccountSchema = z
  .string()
  .regex(
    /^(?:[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?\/)?[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/,
    '"name" or "namespace/name"',
  );

const labelsSchema = z.record(z.string(), z.string());

const expressionSchema = z
  .strictObject({
    key: z.string().min(1, "the name of a label"),
    operator: z.enum(["In", "NotIn", "Exists", "DoesNotExist"]),
    values: z.array(z.string()).default([]),
  })
  .superRefine((expression, context) => {
    const wantsValues = expression.operator === "In" || expression.operator === "NotIn";
    if (wantsValues !== expression.values.length > 0) {
      context.addIssue({
        code: "custom",
        path: ["values"],
        message: wantsValues ? `values for "${expression.operator}"` : `no values for "${expression.operator}"`,
      });
    }
  });

/** As a Kubernetes label selector: all of it must hold; an empty one selects every cluster. */
export const selectorSchema = z.strictObject({
  matchLabels: labelsSchema.default({}),
  matchExpressions: z.array(expressionSchema).default([]),
});
