import { type Clock, createCoalesced } from "../../common/async/index.ts";
import { canonicalJson, type DriftRecord, digestOf } from "../../common/domain/index.ts";
import { isAbort } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { AgentStore } from "../ports.ts";

export interface DriftHistory {
  /** Takes what an earlier process left. To be awaited before anything else. */
  load(): Promise<void>;
  /** Undefined removes. */
  set(environment: string, key: string, record: DriftRecord | undefined): void;
  /** Removes all keys for which `drops` is true. */
  drop(drops: (key: string) => boolean): void;
  /** Resolves when everything given so far is stored, or could not be. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export interface DriftHistoryDependencies {
  readonly store: AgentStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called once a record is stored: what is offered to the hub is never lost before the hub has it. */
  readonly publish: (key: string, text: string | undefined) => void;
  /** Version of a published key; unpublished ones count as newest. */
  readonly versionOf: (key: string) => number | undefined;
  /** Version up to which the hub has stored everything. */
  readonly acknowledged: () => number;
  /** Keys kept per environment. */
  readonly limit: number;
}

interface Kept {
  readonly environment: string;
  readonly text: string;
  /** Resolved or corrected: history, the first to go. */
  readonly over: boolean;
}

interface Shard {
  readonly kept: Map<string, Kept>;
  staged: Map<string, Kept | undefined>;
}

/** One document per shard, so that one changed record rewrites a 64th of the history. */
const shardCount = 64;
const retryMs = 30_000;

export function createDriftHistory(dependencies: DriftHistoryDependencies): DriftHistory {
  const { store, clock, log, publish, limit } = dependencies;
  const shards = Array.from({ length: shardCount }, (): Shard => ({ kept: new Map(), staged: new Map() }));
  const sizes = new Map<string, number>();
  const closing = new AbortController();
  const writes = createCoalesced<number>(write);

  async function write(index: number): Promise<void> {
    const shard = shards[index];
    if (shard === undefined) return;
    const batch = shard.staged;
    shard.staged = new Map();
    for (const [key, kept] of batch) {
      if (kept === undefined) shard.kept.delete(key);
      else shard.kept.set(key, kept);
    }
    try {
      const content = [...shard.kept].map(([key, { environment, text }]) => [key, environment, text]);
      await store.saveDocument(documentOf(index), content.length === 0 ? undefined : content);
    } catch (thrown) {
      // The hub hears of it all the same: a full disk is no reason to hide drift.
      log.warn({ err: thrown }, "cannot store drift: what the hub does not receive is lost with this process");
      retryLater(index);
    }
    for (const [key, kept] of batch) publish(key, kept?.text);
  }

  function retryLater(index: number): void {
    clock.sleep(retryMs, { signal: closing.signal }).then(
      () => writes.request(index),
      (thrown: unknown) => {
        if (!isAbort(thrown)) throw thrown;
      },
    );
  }

  function current(shard: Shard, key: string): Kept | undefined {
    return shard.staged.has(key) ? shard.staged.get(key) : shard.kept.get(key);
  }

  function stage(key: string, kept: Kept | undefined): void {
    const index = shardOf(key);
    const shard = shards[index];
    if (shard === undefined) return;
    const before = current(shard, key);
    if (before?.text === kept?.text) return;
    if (before !== undefined) grow(before.environment, -1);
    if (kept !== undefined) grow(kept.environment, 1);
    shard.staged.set(key, kept);
    void writes.request(index);
  }

  function grow(environment: string, by: number): void {
    sizes.set(environment, (sizes.get(environment) ?? 0) + by);
  }

  function* everything(): Generator<readonly [key: string, kept: Kept]> {
    for (const shard of shards) {
      for (const [key, kept] of shard.kept) if (!shard.staged.has(key)) yield [key, kept];
      for (const [key, kept] of shard.staged) if (kept !== undefined) yield [key, kept];
    }
  }

  /**
   * Makes room, a twentieth at once. Order of going:
   * 1. what is over before what is not, 2. what the hub has before what it has not, 3. the older first.
   */
  function evict(environment: string): void {
    const acknowledged = dependencies.acknowledged();
    const candidates = [...everything()]
      .filter(([, kept]) => kept.environment === environment)
      .map(([key, { over }]) => ({ key, over, version: dependencies.versionOf(key) ?? Number.MAX_SAFE_INTEGER }))
      .sort(
        (a, b) =>
          Number(b.over) - Number(a.over) ||
          Number(b.version <= acknowledged) - Number(a.version <= acknowledged) ||
          a.version - b.version,
      );
    const leaving = candidates.slice(0, Math.max(1, Math.floor(limit / 20)));
    const unsent = leaving.filter(({ version }) => version > acknowledged).length;
    if (unsent > 0)
      log.warn({ environment, unsent, limit }, "drift history is full: forgetting what the hub never received");
    for (const { key } of leaving) stage(key, undefined);
  }

  return {
    async load() {
      for (const [index, shard] of shards.entries()) {
        for (const [key, environment, text] of await readShard(store, index, log)) {
          shard.kept.set(key, { environment, text, over: isOver(JSON.parse(text) as DriftRecord) });
          grow(environment, 1);
          publish(key, text);
        }
      }
    },
    set(environment, key, record) {
      if (record === undefined) return stage(key, undefined);
      stage(key, { environment, text: canonicalJson(record), over: isOver(record) });
      if ((sizes.get(environment) ?? 0) > limit) evict(environment);
    },
    drop(drops) {
      for (const [key] of [...everything()]) if (drops(key)) stage(key, undefined);
    },
    settled: () => writes.idle(),
    async close() {
      closing.abort();
      await writes.idle();
    },
  };
}

function isOver(record: DriftRecord): boolean {
  return record.state === "resolved" || record.state === "corrected";
}

function shardOf(key: string): number {
  return Number.parseInt(digestOf(key).slice(0, 2), 16) % shardCount;
}

function documentOf(shard: number): string {
  return `drift-${shard}`;
}

type StoredRecord = readonly [key: string, environment: string, text: string];

async function readShard(store: AgentStore, index: number, log: Logger): Promise<readonly StoredRecord[]> {
  try {
    return ((await store.document(documentOf(index))) ?? []) as readonly StoredRecord[];
  } catch (thrown) {
    log.warn({ err: thrown }, "drift history is damaged: going on without this part of it");
    return [];
  }
}
