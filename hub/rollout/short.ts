/** Revisions as people read them. */
export function short(revision: string): string {
  return revision.slice(0, 12);
}
