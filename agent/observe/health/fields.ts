import type { Health } from "../../../common/domain/index.ts";
import type { LiveObject } from "../../ports.ts";

/** Untyped JSON of an object; absent parts read as empty, so that a half-written status never throws. */
export type Fields = Readonly<Record<string, unknown>>;

/** Why it is not healthy yet; undefined when the rule has no objection. */
export type Objection = Health | undefined;

export const healthy: Health = { state: "Healthy", message: "" };

export function progressing(message: string): Health {
  return { state: "Progressing", message };
}

export function degraded(message: string): Health {
  return { state: "Degraded", message };
}

export function suspended(message: string): Health {
  return { state: "Suspended", message };
}

export function fieldsOf(value: unknown): Fields {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Fields) : {};
}

export function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

export function numberOf(value: unknown, absent = 0): number {
  return typeof value === "number" ? value : absent;
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function specOf(live: LiveObject): Fields {
  return fieldsOf(live["spec"]);
}

export function statusOf(live: LiveObject): Fields {
  return fieldsOf(live["status"]);
}

/** Milliseconds since 1970; undefined when absent or not a time. */
export function timeOf(value: unknown): number | undefined {
  const at = Date.parse(textOf(value));
  return Number.isNaN(at) ? undefined : at;
}

export interface Condition {
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  /** Milliseconds since 1970. */
  readonly since: number | undefined;
}

export function conditionOf(live: LiveObject, type: string): Condition | undefined {
  const found = listOf(statusOf(live)["conditions"]).find((condition) => condition["type"] === type);
  if (found === undefined) return undefined;
  return {
    status: textOf(found["status"]),
    reason: textOf(found["reason"]),
    message: textOf(found["message"]),
    since: timeOf(found["lastTransitionTime"]),
  };
}

/** "MinimumReplicasUnavailable: 2 of 3 …", whichever half there is; `absent` when the condition says nothing. */
export function explain(condition: Condition, absent: string): string {
  if (condition.reason === "" && condition.message === "") return absent;
  if (condition.message === "") return condition.reason;
  return condition.reason === "" ? condition.message : `${condition.reason}: ${condition.message}`;
}

/** "2 of 3 replicas available". */
export function ofTotal(count: number, total: number, what: string, how: string): string {
  return `${count} of ${total} ${what}${total === 1 ? "" : "s"} ${how}`;
}
