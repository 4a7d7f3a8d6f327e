import { isObject, type Json, numberAt, textAt } from "../json.ts";
import type { Kind } from "../kinds.ts";
import { age, ageOf, type Column, name } from "./column.ts";
import { otherColumns } from "./other-columns.ts";
import { workloadColumns } from "./workload-columns.ts";

export function columnsOf(kind: Kind): readonly Column[] {
  const declared = kind.custom?.columns.map(customColumn) ?? [];
  if (declared.length > 0) return [name, ...declared];
  return workloadColumns[kind.key] ?? otherColumns[kind.key] ?? [name, age];
}

const types = ["string", "integer", "date", "number", "boolean"] as const;

/** A CRD's `additionalPrinterColumns` entry. Paths of plain fields are understood, and indexes. */
function customColumn(declared: Json): Column {
  const steps = (textAt(declared, "jsonPath") ?? "").split(/[.[\]]/).filter((step) => step !== "");
  const type = types.find((known) => known === textAt(declared, "type")) ?? "string";
  return {
    name: textAt(declared, "name") ?? "",
    type,
    wide: (numberAt(declared, "priority") ?? 0) > 0,
    value(object, now) {
      let value: Json | undefined = object;
      for (const step of steps)
        value = Array.isArray(value)
          ? (value as readonly Json[])[Number(step)]
          : isObject(value)
            ? value[step]
            : undefined;
      if (type === "date") return value === undefined ? "" : ageOf(value, now);
      return isObject(value) || Array.isArray(value) ? JSON.stringify(value) : (value ?? "");
    },
  };
}
