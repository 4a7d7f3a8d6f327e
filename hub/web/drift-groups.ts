import type { DriftView } from "../../common/domain/index.ts";
import type { Tone } from "./tone.ts";

/** The drift of one object, over all clusters that have it. */
export interface DriftGroup {
  readonly key: string;
  readonly environment: string;
  readonly application: string;
  readonly object: DriftView["object"];
  /** The one that most needs somebody. */
  readonly state: DriftView["state"];
  readonly tone: Tone;
  readonly clusters: readonly string[];
  /** Occurrences in all. */
  readonly count: number;
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** Who wrote, as far as the API server says. */
  readonly managers: readonly string[];
  /** Of the newest occurrence. */
  readonly fields: DriftView["fields"];
}

/** From what needs somebody to what is over. */
const states = [
  { state: "contested", tone: "bad" },
  { state: "detected", tone: "warn" },
  { state: "corrected", tone: "good" },
  { state: "resolved", tone: "quiet" },
] as const satisfies readonly { state: DriftView["state"]; tone: Tone }[];

const urgency = (state: DriftView["state"]) => states.findIndex((each) => each.state === state);

/** What needs somebody first, the newest first. */
export function groupDrift(drift: readonly DriftView[]): readonly DriftGroup[] {
  const groups = new Map<string, DriftView[]>();
  for (const each of drift) {
    const { group, kind, namespace, name } = each.object;
    const key = [each.environment, each.application, group, kind, namespace, name].join("/");
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [each]);
    else known.push(each);
  }
  return [...groups]
    .map(([key, items]) => groupOf(key, items))
    .sort((left, right) => urgency(left.state) - urgency(right.state) || right.lastSeen.localeCompare(left.lastSeen));
}

function groupOf(key: string, items: readonly DriftView[]): DriftGroup {
  const newest = items.reduce((left, right) => (right.lastSeen > left.lastSeen ? right : left));
  const { state } = items.reduce((left, right) => (urgency(right.state) < urgency(left.state) ? right : left));
  const managers = new Set(items.flatMap(({ fields }) => fields.map(({ manager }) => manager || "unknown")));
  return {
    key,
    environment: newest.environment,
    application: newest.application,
    object: newest.object,
    state,
    tone: states[urgency(state)]?.tone ?? "quiet",
    clusters: items.map(({ cluster }) => cluster),
    count: items.reduce((sum, { count }) => sum + count, 0),
    firstSeen: items.reduce((first, each) => (each.firstSeen < first ? each.firstSeen : first), newest.firstSeen),
    lastSeen: newest.lastSeen,
    managers: [...managers].sort(),
    fields: newest.fields,
  };
}
