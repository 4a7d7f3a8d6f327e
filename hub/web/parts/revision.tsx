import { shortRevision } from "../words.ts";

/** A commit; all of its name when it is pointed at. */
export function Revision({ of }: { readonly of: string | null }) {
  return of === null || of === "" ? <span class="faint">none</span> : <code title={of}>{shortRevision(of)}</code>;
}
