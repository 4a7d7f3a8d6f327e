/** How things are written; pure. */

/** "3m", "2h", "5d": the time between; "" where there is none. */
export function age(iso: string | null, now: number): string {
  if (iso === null || iso === "") return "";
  const seconds = Math.max(0, Math.round((now - Date.parse(iso)) / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

export function shortRevision(revision: string | null): string {
  return revision === null || revision === "" ? "none" : revision.slice(0, 8);
}

/** "1 cluster", "3 clusters". */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** "a, b, c and 5 more". */
export function named(names: readonly string[], most = 3): string {
  const more = names.length - most;
  return more > 0 ? `${names.slice(0, most).join(", ")} and ${more.toLocaleString("en")} more` : names.join(", ");
}

/** The sentence as one that stands alone: "waits" → "Waits". */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** "Deployment shop/web". */
export function displayRef({ kind, namespace, name }: { kind: string; namespace: string; name: string }): string {
  return `${kind} ${namespace === "" ? "" : `${namespace}/`}${name}`;
}

/** A value of an object's field in at most `most` characters; "absent" where it is not there. */
export function displayValue(value: unknown, most = 60): string {
  const text = value === undefined ? "absent" : JSON.stringify(value);
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
