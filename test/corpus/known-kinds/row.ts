import type { HealthState } from "../../../common/domain/index.ts";

export type Given = Readonly<Record<string, unknown>>;
/** Kinds of one group ("group Kind Kind"), an object, and how well it does. */
export type Row = readonly [kinds: string, given: Given, expected: HealthState];

export const at = (status: object, spec: object = {}, metadata: object = {}): Given => ({ spec, status, metadata });
/** Conditions as "Type Status Reason". */
export const listed = (...conditions: readonly string[]) =>
  conditions.map((text) => {
    const [type, status, reason = ""] = text.split(" ");
    return { type, status, reason };
  });
export const is = (...conditions: readonly string[]): Given => at({ conditions: listed(...conditions) });
export const ready = is("Ready True");
export const failing = is("Ready False Broken");
export const none: Given = {};
