/** What a walk over history needs to know of a commit. */
export interface CommitNode {
  readonly parents: readonly string[];
  /** Seconds since 1970. */
  readonly committedAt: number;
}

/** By so much the clocks of those who commit may differ. */
const clockSkewSeconds = 86_400;

/** Undefined where history ends early (shallow). */
export type ReadCommit = (oid: string) => Promise<CommitNode | undefined>;

interface Visit extends CommitNode {
  readonly oid: string;
  hidden: boolean;
}

/** Newest first: commits that `tip` reaches and `exclude` doesn't. */
export async function walkLog(
  read: ReadCommit,
  tip: string,
  options: { readonly exclude?: string | undefined; readonly limit: number },
): Promise<string[]> {
  const seen = new Map<string, Visit>();
  const queue = createDateQueue();
  const shown: Visit[] = [];

  const enqueue = async (oid: string, hidden: boolean) => {
    const known = seen.get(oid);
    if (known !== undefined) {
      if (hidden) hide(known);
      return;
    }
    const node = await read(oid);
    if (node === undefined) return;
    const visit: Visit = { ...node, oid, hidden };
    seen.set(oid, visit);
    queue.add(visit);
  };
  const hide = (visit: Visit) => {
    for (const stack = [visit]; stack.length > 0; ) {
      const top = stack.pop();
      if (top === undefined || top.hidden) continue;
      top.hidden = true;
      for (const parent of top.parents) {
        const known = seen.get(parent);
        if (known !== undefined) stack.push(known);
      }
    }
  };

  if (options.exclude !== undefined) await enqueue(options.exclude, true);
  await enqueue(tip, false);
  let oldest = Number.POSITIVE_INFINITY;
  for (let visit = queue.take(); visit !== undefined; visit = queue.take()) {
    if (!visit.hidden) {
      shown.push(visit);
      oldest = Math.min(oldest, visit.committedAt);
      if (options.exclude === undefined && shown.length === options.limit) break;
    } else if (!queue.some((other) => !other.hidden) && visit.committedAt < oldest - clockSkewSeconds) {
      // Only excluded history is left and it is older than all that is shown: it can't hide any of it any more.
      break;
    }
    for (const parent of visit.parents) await enqueue(parent, visit.hidden);
  }
  return shown
    .filter((visit) => !visit.hidden)
    .slice(0, options.limit)
    .map((visit) => visit.oid);
}

/** Whether `descendant` is `ancestor` or reaches it. */
export async function walkIsAncestor(read: ReadCommit, ancestor: string, descendant: string): Promise<boolean> {
  const seen = new Set([descendant]);
  const queue = createDateQueue();
  const enqueue = async (oid: string) => {
    const node = await read(oid);
    if (node !== undefined) queue.add({ ...node, oid, hidden: false });
  };
  if (ancestor === descendant) return true;
  await enqueue(descendant);
  for (let visit = queue.take(); visit !== undefined; visit = queue.take()) {
    for (const parent of visit.parents) {
      if (parent === ancestor) return true;
      if (seen.has(parent)) continue;
      seen.add(parent);
      await enqueue(parent);
    }
  }
  return false;
}

/** Newest commit first; first come first served among equals. */
function createDateQueue() {
  const items: Visit[] = [];
  return {
    add(visit: Visit) {
      let low = 0;
      let high = items.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((items[middle]?.committedAt ?? 0) < visit.committedAt) low = middle + 1;
        else high = middle;
      }
      items.splice(low, 0, visit);
    },
    take: () => items.pop(),
    some: (predicate: (visit: Visit) => boolean) => items.some(predicate),
  };
}
