import type { ClusterProgress, ClusterTable } from "./state.ts";

/** A part should not have more entries, on average. */
const entriesPerPart = 64;

export const emptyClusterTable: ClusterTable = { size: 0, parts: [{}] };

export function clusterEntry(table: ClusterTable, name: string): ClusterProgress | undefined {
  const part = table.parts[partOf(name, table.parts.length)];
  return part !== undefined && Object.hasOwn(part, name) ? part[name] : undefined;
}

export function* clusterEntries(table: ClusterTable): Generator<readonly [name: string, entry: ClusterProgress]> {
  for (const part of table.parts) yield* Object.entries(part);
}

/** Undefined removes. */
export function withClusterEntries(
  table: ClusterTable,
  changes: ReadonlyMap<string, ClusterProgress | undefined>,
): ClusterTable {
  if (changes.size === 0) return table;
  const parts = [...table.parts];
  const copied = new Set<number>();
  let { size } = table;
  for (const [name, entry] of changes) {
    const index = partOf(name, parts.length);
    let part = parts[index] ?? {};
    if (!copied.has(index)) {
      part = { ...part };
      parts[index] = part;
      copied.add(index);
    }
    const own = part as Record<string, ClusterProgress>;
    if (Object.hasOwn(own, name)) size--;
    if (entry === undefined) delete own[name];
    else {
      own[name] = entry;
      size++;
    }
  }
  return grown({ size, parts });
}

function grown(table: ClusterTable): ClusterTable {
  let count = table.parts.length;
  while (table.size > count * entriesPerPart * 2) count *= 2;
  if (count === table.parts.length) return table;
  const parts = Array.from({ length: count }, (): Record<string, ClusterProgress> => ({}));
  for (const [name, entry] of clusterEntries(table)) {
    const part = parts[partOf(name, count)];
    if (part !== undefined) part[name] = entry;
  }
  return { size: table.size, parts };
}

function partOf(name: string, count: number): number {
  return hashOf(name) & (count - 1);
}

/** FNV-1a: spreads names evenly, nothing more. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash ^ (hash >>> 15)) >>> 0;
}
