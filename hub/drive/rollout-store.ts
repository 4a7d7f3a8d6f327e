import type { Collection, Guard, HubStore, Revision } from "../ports.ts";
import type { ClusterPart, RolloutState } from "../rollout/index.ts";

/** A rollout's state as it is stored, and what its driver has to remember beside it. */
export interface Saved {
  readonly state: RolloutState;
  /** Newest revision of the branch that the state was told. */
  readonly seen: Revision | undefined;
  /** Time of the last event: a clock that went back does not take the state with it. */
  readonly at: number;
}

/** Keeps the state of one environment's rollouts: a change of one cluster writes a small part of ten thousand. */
export interface RolloutStore {
  load(): Promise<Saved | undefined>;
  /** Time of the last event that is stored: whether there is something new. */
  at(): Promise<number | undefined>;
  /** All at once or nothing. `before`: what is stored now. False: the guard does not hold, nothing was written. */
  save(guard: Guard, before: Saved | undefined, next: Saved): Promise<boolean>;
  /** Forgets the environment. */
  clear(): Promise<void>;
}

interface Head extends Omit<Saved, "state"> {
  readonly state: Omit<RolloutState, "clusters">;
  readonly size: number;
  readonly parts: number;
}

const headKey = "head";
const partKey = (index: number) => `part/${index}`;

export function createRolloutStore(store: HubStore, environment: string): RolloutStore {
  const documents: Collection<unknown> = store.collection(`rollout:${environment}`);
  return {
    async load() {
      const found = new Map(await documents.entries());
      const head = found.get(headKey) as Head | undefined;
      if (head === undefined) return undefined;
      const { state, size, parts, ...rest } = head;
      const read = Array.from({ length: parts }, (_, index) => (found.get(partKey(index)) ?? {}) as ClusterPart);
      return { ...rest, state: { ...state, clusters: { size, parts: read } } };
    },
    at: async () => ((await documents.get(headKey)) as Head | undefined)?.at,
    async save(guard, before, next) {
      // Nothing to write: is it still our turn?
      if (next === before) return documents.writeIf(guard, []);
      const { state, ...rest } = next;
      const { clusters, ...others } = state;
      const head: Head = { ...rest, state: others, size: clusters.size, parts: clusters.parts.length };
      const old = before?.state.clusters.parts ?? [];
      const changed = clusters.parts.flatMap((part, index) =>
        part === old[index] ? [] : [[partKey(index), part] as const],
      );
      return documents.writeIf(guard, [...changed, [headKey, head]]);
    },
    async clear() {
      await documents.write((await documents.entries()).map(([key]) => [key, undefined] as const));
    },
  };
}
