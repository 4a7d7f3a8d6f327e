import { canonicalJson, type DriftField, type DriftRule, type Manifest } from "../../common/domain/index.ts";
import type { LiveObject } from "../ports.ts";
import { type FieldPlace, fieldPlaces, isSecret } from "./field-places.ts";
import { ignoredInside, isIgnored, without } from "./ignore.ts";
import { lastWriter } from "./managed-set.ts";

/** More would not be read. */
const maximum = 50;

/** What became of the fields that we applied. */
export interface Comparison {
  /** Ours no more, and of another value now, with who has them. */
  readonly fields: readonly DriftField[];
  /** Some are ours no more although they should be, whatever their value: only writing them again makes them ours. */
  readonly isLost: boolean;
}

/** `desired` is what we apply, ownership labels included; `rules` are those for this object. */
export function compareFields(desired: Manifest, live: LiveObject, rules: readonly DriftRule[] = []): Comparison {
  const lost = fieldPlaces(desired, live).filter(
    (place) => !place.isOurs && !isNothing(place) && !isIgnored(place, rules),
  );
  const masks = isSecret(desired);
  const fields = lost.filter((place) => isDifferent(place, rules)).slice(0, maximum);
  return { fields: fields.map((place) => fieldOf(place, masks)), isLost: lost.length > 0 };
}

/** The API server drops empty lists as soon as anybody writes the object. */
function isNothing({ desired, live }: FieldPlace): boolean {
  return live === undefined && Array.isArray(desired) && desired.length === 0;
}

function isDifferent(place: FieldPlace, rules: readonly DriftRule[]): boolean {
  const inside = ignoredInside(place, rules);
  return canonicalJson(without(place.desired, inside)) !== canonicalJson(without(place.live, inside));
}

function fieldOf({ path, desired, live, others }: FieldPlace, masks: boolean): DriftField {
  const masked = masks && (path === "data" || path.startsWith("data.") || path.startsWith("data["));
  const shown = (value: unknown) => (masked ? "***" : value);
  return {
    path,
    ...(desired === undefined ? {} : { desired: shown(desired) }),
    ...(live === undefined ? {} : { live: shown(live) }),
    ...(live === undefined ? { manager: "", at: "" } : lastWriter(others)),
  };
}
