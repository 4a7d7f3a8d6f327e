import { revisionOf } from "./release-key.ts";

/** Revisions as people read them. */
export function short(revision: string): string {
  return revisionOf(revision).slice(0, 12);
}
