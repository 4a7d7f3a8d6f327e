import type { PromotionRecordView } from "../../common/domain/index.ts";
import type { Revision } from "../ports.ts";
import type { Gate } from "../promotion/index.ts";

/** Since when the commit that goes next was seen waiting on gates. */
export interface GateWaits {
  readonly candidate: Revision;
  /** By gate; milliseconds since 1970. `until`: when it was seen passed, undefined while it is closed. */
  readonly gates: Readonly<Record<string, { readonly since: number; readonly until: number | undefined }>>;
}

const gatesKept = 20;

/** After another look at the gates; the same object when that is no news. A gate that closes again has waited on. */
export function withLook(
  waits: GateWaits | undefined,
  candidate: Revision | undefined,
  gates: readonly Gate[],
  now: number,
): GateWaits | undefined {
  if (candidate === undefined) return undefined;
  const before = waits?.candidate === candidate ? waits.gates : {};
  const known = new Map(Object.entries(before));
  let isNews = waits?.candidate !== candidate;
  const closed = new Set(gates.filter(({ state }) => state !== "passed").map(({ name }) => name));
  for (const name of closed) {
    const wait = known.get(name);
    if (wait !== undefined ? wait.until === undefined : known.size >= gatesKept) continue;
    known.set(name, { since: wait?.since ?? now, until: undefined });
    isNews = true;
  }
  for (const [name, { since, until }] of known) {
    if (until !== undefined || closed.has(name)) continue;
    known.set(name, { since, until: now });
    isNews = true;
  }
  return isNews ? { candidate, gates: Object.fromEntries(known) } : waits;
}

/** What a promotion of this commit tells of the gates that it waited on and that let it through; nothing where none did. */
export function waitedAt(waits: GateWaits | undefined, commit: Revision): Pick<PromotionRecordView, "waitedMs"> {
  if (waits?.candidate !== commit) return {};
  const waited = Object.entries(waits.gates).flatMap(([name, { since, until }]) =>
    until === undefined ? [] : [[name, Math.max(0, until - since)] as const],
  );
  return waited.length === 0 ? {} : { waitedMs: Object.fromEntries(waited) };
}
