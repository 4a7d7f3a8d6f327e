import { type Json, type KubeObject, numberAt, objectAt, scalarText, textAt } from "../json.ts";
import { ageText } from "./age.ts";

export interface Column {
  readonly name: string;
  readonly type: "string" | "integer" | "date" | "number" | "boolean";
  /** Shown only with -o wide. */
  readonly wide?: boolean;
  readonly value: (object: KubeObject, now: number) => Json;
}

export const none = "<none>";

export function ageOf(value: Json | undefined, now: number): string {
  return typeof value === "string" ? ageText(now - Date.parse(value)) : "<unknown>";
}

export const name: Column = { name: "Name", type: "string", value: (object) => object.metadata.name };
export const age: Column = {
  name: "Age",
  type: "string",
  value: (object, now) => ageOf(object.metadata["creationTimestamp"], now),
};

type Value = (object: KubeObject, now: number) => Json;
export const text = (label: string, value: Value, wide = false): Column => ({
  name: label,
  type: "string",
  wide,
  value,
});
export const count = (label: string, value: Value): Column => ({ name: label, type: "integer", value });
export const path = (label: string, ...steps: string[]) => text(label, (object) => textAt(object, ...steps) ?? none);
export const number = (label: string, ...steps: string[]) => count(label, (object) => numberAt(object, ...steps) ?? 0);
export const size = (field: string) => (object: KubeObject) => Object.keys(objectAt(object, field)).length;

/** "a=b,c=d", as labels and selectors are shown. */
export function pairs(labels: Readonly<Record<string, Json>>): string {
  const listed = Object.entries(labels).map(([key, value]) => `${key}=${scalarText(value)}`);
  return listed.length === 0 ? none : listed.sort().join(",");
}
