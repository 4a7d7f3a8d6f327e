import type { DriftField, DriftRecord, DriftState, ObjectRef } from "../../common/domain/index.ts";

/** History of drift, one record per object, bounded: the one that was quiet for longest goes first. */
export interface DriftLog {
  /** Another occurrence. */
  occurred(key: string, ref: ObjectRef, state: DriftState, fields: readonly DriftField[], at: string): DriftRecord;
  /** It is over, and was not put right by us. Undefined when there was none. */
  resolved(key: string, at: string): DriftRecord | undefined;
  get(key: string): DriftRecord | undefined;
  remove(key: string): boolean;
}

export function createDriftLog(limit: number, forgotten: (key: string, ref: ObjectRef) => void): DriftLog {
  // Oldest first: a record moves to the end when it changes.
  const records = new Map<string, DriftRecord>();

  function put(key: string, record: DriftRecord): DriftRecord {
    records.delete(key);
    records.set(key, record);
    for (const [oldest, { object }] of records) {
      if (records.size <= limit) break;
      records.delete(oldest);
      forgotten(oldest, object);
    }
    return record;
  }

  return {
    occurred(key, object, state, fields, at) {
      const known = records.get(key);
      return put(key, {
        object,
        state,
        fields,
        count: (known?.count ?? 0) + 1,
        firstSeen: known?.firstSeen ?? at,
        lastSeen: at,
      });
    },
    resolved(key, at) {
      const known = records.get(key);
      if (known === undefined) return undefined;
      return known.state === "resolved" ? known : put(key, { ...known, state: "resolved", resolvedAt: at });
    },
    get: (key) => records.get(key),
    remove: (key) => records.delete(key),
  };
}
