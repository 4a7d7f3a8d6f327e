import type { Clock } from "../../common/async/index.ts";
import type { HubStore } from "../ports.ts";
import { emptyRecord, type PromotionRecord } from "./promotion-record.ts";

/** What the hub remembers of the ways into environments, and the store behind it. */
export interface PromotionRecords {
  /** By environment, as this hub knows them. */
  readonly known: ReadonlyMap<string, PromotionRecord>;
  /** What the last run of the hub knew. */
  load(): Promise<void>;
  get(environment: string): PromotionRecord;
  /** Approvals and promotions may be another hub's; how long upstream environments are well, this one knows best. */
  recall(environment: string): Promise<PromotionRecord>;
  change(environment: string, update: (record: PromotionRecord) => PromotionRecord): Promise<void>;
  /** Kept in memory: time that passes is no news, and written at the next change. */
  keepUpstreams(environment: string, upstreams: PromotionRecord["upstreams"]): void;
  /** Milliseconds since this hub last wrote it; a hub that never did: since 1970. */
  sinceStored(environment: string): number;
}

export function createPromotionRecords(store: HubStore, clock: Clock): PromotionRecords {
  const collection = store.collection<PromotionRecord>("promotions");
  const known = new Map<string, PromotionRecord>();
  const storedAt = new Map<string, number>();

  return {
    known,
    async load() {
      for (const [name, record] of await collection.entries()) known.set(name, recordOf(record));
    },
    get: (environment) => known.get(environment) ?? emptyRecord,
    async recall(environment) {
      const stored = recordOf(await collection.get(environment));
      const record = { ...stored, upstreams: known.get(environment)?.upstreams ?? stored.upstreams };
      known.set(environment, record);
      return record;
    },
    async change(environment, update) {
      const written = await collection.update(environment, (current) => update(recordOf(current)));
      if (written !== undefined) known.set(environment, written);
      storedAt.set(environment, clock.now());
    },
    keepUpstreams(environment, upstreams) {
      known.set(environment, { ...(known.get(environment) ?? emptyRecord), upstreams });
    },
    sinceStored: (environment) => clock.now() - (storedAt.get(environment) ?? 0),
  };
}

/** As an older hub may have stored it: without what is new, and with one move under way at most. */
function recordOf(stored: Partial<PromotionRecord> | undefined): PromotionRecord {
  return { ...emptyRecord, ...stored, moving: [stored?.moving ?? []].flat() };
}
