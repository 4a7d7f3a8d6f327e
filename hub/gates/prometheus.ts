import { z } from "zod";
import { failed, type GateCheck, passed } from "./gate-check.ts";

const sample = z.tuple([z.number(), z.string()]);
const answerSchema = z.object({
  status: z.string(),
  error: z.string().optional(),
  data: z
    .discriminatedUnion("resultType", [
      z.object({ resultType: z.literal("scalar"), result: sample }),
      z.object({
        resultType: z.literal("vector"),
        result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: sample })),
      }),
    ])
    .optional(),
});

const compare = {
  "<": (left: number, right: number) => left < right,
  "<=": (left: number, right: number) => left <= right,
  ">": (left: number, right: number) => left > right,
  ">=": (left: number, right: number) => left >= right,
  "==": (left: number, right: number) => left === right,
  "!=": (left: number, right: number) => left !== right,
};

/** Every value of an instant query compares as the condition says. No value at all proves nothing, so it fails. */
export const prometheusGate: GateCheck<"prometheus"> = async ({ gate: { url, query, condition } }, { signal }) => {
  const answer = await fetch(`${url.replace(/\/+$/, "")}/api/v1/query`, {
    method: "POST",
    body: new URLSearchParams({ query }),
    ...(signal === undefined ? {} : { signal }),
  });
  const text = await answer.text();
  const parsed = answerSchema.safeParse(jsonOf(text));
  if (!parsed.success || parsed.data.data === undefined) {
    const error = parsed.success ? parsed.data.error : undefined;
    return failed(`${url} answered ${answer.status}: ${error ?? "expected the answer to an instant query"}`);
  }
  const { data } = parsed.data;
  const values =
    data.resultType === "scalar"
      ? [{ name: "", value: Number(data.result[1]) }]
      : data.result.map(({ metric, value }) => ({ name: nameOf(metric), value: Number(value[1]) }));
  const wanted = `${condition.operator} ${condition.value}`;
  if (values.length === 0) return failed(`${query} has no value, expected ${wanted}`);
  const wrong = values.find(({ value }) => !compare[condition.operator](value, condition.value));
  if (wrong !== undefined) return failed(`${query} is ${wrong.value}${wrong.name}, expected ${wanted}`);
  return passed(
    `${query} is ${values
      .map(({ value }) => value)
      .slice(0, 5)
      .join(", ")}`,
  );
};

function nameOf(metric: Readonly<Record<string, string>>): string {
  const labels = Object.entries(metric).map(([label, value]) => `${label}="${value}"`);
  return labels.length === 0 ? "" : ` for {${labels.join(", ")}}`;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
