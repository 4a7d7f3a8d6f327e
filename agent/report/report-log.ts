import { randomUUID } from "node:crypto";
import type { Clock } from "../../common/async/index.ts";
import { type Ack, canonicalJson, parseReportKey, reportKey } from "../../common/domain/index.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { AgentStore, StatusSink } from "../ports.ts";
import { CompactedLog, type LogEntry } from "./compacted-log.ts";
import { createDriftHistory } from "./drift-history.ts";

export interface ReportedChange {
  readonly version: number;
  readonly key: string;
  /** Undefined: the key is gone. */
  readonly value: unknown;
}

export interface ReportPage {
  /** Highest version in `entries`; with no entries, the version asked from. */
  readonly version: number;
  readonly entries: readonly ReportedChange[];
  /** Nothing newer than `version` is left. */
  readonly last: boolean;
}

/**
 * What the agent has to say to its hub: the newest value per key, each with the version at which it last changed. Equal
 * values cost nothing, bursts coalesce, memory is bounded by the number of keys.
 *
 * Statuses are said again by whoever observes them, so they are kept on disk only from an orderly end to the next start.
 * Drift happens once: it is on disk before it is offered to the hub, and survives SIGKILL.
 */
export interface ReportLog extends StatusSink {
  /** Changes when versions of this log no longer continue what the hub has: it then takes everything. */
  readonly logId: string;
  /** Entries above `version`, in order of version, of about `maxBytes` of JSON at most, but at least one if there is any. */
  changesAfter(version: number, maxBytes: number): ReportPage;
  /** The hub has stored everything up to here. */
  acknowledged(version: number): void;
  /** Called once per burst of changes. Returns the function that unsubscribes. */
  onChange(listener: () => void): () => void;
  /** Acknowledgements pass through at once and are not kept: each connect states anew what is applied. */
  onAck(listener: (ack: Ack) => void): () => void;
  /** Resolves when all drift given so far is on disk: to be awaited before what proves it is corrected. */
  driftSettled(): Promise<void>;
  /** Writes what makes the next start cheap. Nothing may be reported afterwards. */
  close(): Promise<void>;
}

export interface ReportLogDependencies {
  readonly store: AgentStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** Drift records kept per environment; what is over leaves first. */
  readonly driftLimit?: number;
}

/** Present only between an orderly end and the next start. */
interface StoredLog {
  readonly id: string;
  readonly version: number;
  readonly forgotten: number;
  readonly acknowledged: number;
  readonly entries: readonly LogEntry[];
}

const documentName = "report-log";
const defaultDriftLimit = 10_000;

export async function createReportLog(dependencies: ReportLogDependencies): Promise<ReportLog> {
  const { store, clock, log } = dependencies;
  const entries = new CompactedLog();
  const changeListeners = new Set<() => void>();
  const ackListeners = new Set<(ack: Ack) => void>();
  let logId: string = randomUUID();
  let acknowledged = 0;
  let announcing = false;

  const stored = await takeStored(store, log);
  if (stored !== undefined) {
    entries.restore(stored.entries, stored.version, stored.forgotten);
    logId = stored.id;
    acknowledged = stored.acknowledged;
  }
  const drift = createDriftHistory({
    store,
    clock,
    log,
    publish: put,
    versionOf: (key) => entries.versionOf(key),
    acknowledged: () => acknowledged,
    limit: dependencies.driftLimit ?? defaultDriftLimit,
  });
  await drift.load();
  await dropReleasedEnvironments();

  function put(key: string, text: string | undefined): void {
    if (!entries.set(key, text) || announcing) return;
    announcing = true;
    setImmediate(() => {
      announcing = false;
      for (const listener of changeListeners) listener();
    });
  }

  function putValue(key: string, value: unknown): void {
    put(key, value === undefined ? undefined : canonicalJson(value));
  }

  function drop(drops: (key: string) => boolean): void {
    for (const key of [...entries.keys()]) {
      if (!key.startsWith("drift/") && drops(key)) put(key, undefined);
    }
    drift.drop(drops);
  }

  /** An environment that was released while nobody could say so. */
  async function dropReleasedEnvironments(): Promise<void> {
    const held = new Set((await store.assignments()).map(({ header }) => header.environment));
    drop((key) => !held.has(parseReportKey(key)?.environment ?? ""));
  }

  /** The hub's position is not one of this log's: it was restored from a backup, or we were. */
  function startOver(version: number): void {
    log.warn({ version, ours: entries.version }, "the hub follows another history of reports: saying everything again");
    logId = randomUUID();
    entries.renumber(version);
    acknowledged = 0;
  }

  return {
    get logId() {
      return logId;
    },

    environment(name, status) {
      putValue(reportKey({ kind: "environment", environment: name }), status);
      if (status === undefined) drop((key) => parseReportKey(key)?.environment === name);
    },
    application(environment, name, status) {
      putValue(reportKey({ kind: "application", environment, application: name }), status);
      if (status !== undefined) return;
      drop(
        (key) => key.startsWith(`object/${environment}/${name}/`) || key.startsWith(`drift/${environment}/${name}/`),
      );
    },
    object(environment, application, ref, status) {
      putValue(reportKey({ kind: "object", environment, application, ref }), status);
    },
    drift(environment, application, ref, record) {
      drift.set(environment, reportKey({ kind: "drift", environment, application, ref }), record);
    },
    ack(ack) {
      for (const listener of ackListeners) listener(ack);
    },

    changesAfter(version, maxBytes) {
      if (version > entries.version || (version > 0 && version < entries.forgotten)) startOver(version);
      const { entries: found, last } = entries.after(version, maxBytes);
      return {
        version: found.at(-1)?.version ?? version,
        entries: found.map(({ version, key, text }) => ({
          version,
          key,
          value: text === undefined ? undefined : (JSON.parse(text) as unknown),
        })),
        last,
      };
    },
    acknowledged(version) {
      if (version <= entries.version) acknowledged = Math.max(acknowledged, version);
    },
    onChange: (listener) => subscribe(changeListeners, listener),
    onAck: (listener) => subscribe(ackListeners, listener),
    driftSettled: () => drift.settled(),

    async close() {
      await drift.close();
      const { version, forgotten } = entries;
      const content: StoredLog = { id: logId, version, forgotten, acknowledged, entries: entries.snapshot() };
      await store.saveDocument(documentName, content);
    },
  };
}

function subscribe<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** Reads what the last process left and removes it: a process that is killed leaves nothing that could be taken for newest. */
async function takeStored(store: AgentStore, log: Logger): Promise<StoredLog | undefined> {
  try {
    const stored = (await store.document(documentName)) as StoredLog | undefined;
    if (stored !== undefined) await store.saveDocument(documentName, undefined);
    return stored;
  } catch (thrown) {
    log.warn({ err: thrown }, "cannot continue the report log: the hub takes everything anew");
    return undefined;
  }
}
