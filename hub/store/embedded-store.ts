import { ClassicLevel } from "classic-level";
import { AppError, toAppError } from "../../common/errors.ts";
import type { Collection, HubStore } from "../ports.ts";
import { byKey } from "./sort.ts";

/** Between the name of a collection and a key; sorts below everything that either may hold. */
const separator = "\u0000";

/** Database key → JSON; undefined deletes. */
type Changes = Map<string, string | undefined>;

interface Write {
  /** Adds its changes; `read` sees those of the writes before it. */
  readonly prepare: (read: (key: string) => Promise<string | undefined>, changes: Changes) => Promise<void>;
  readonly done: (error?: unknown) => void;
}

/**
 * LevelDB in a folder of this process alone. Every write is on disk before it is acknowledged; writes that come in while
 * the disk is busy share the next round, in their order.
 * @throws FAILED_PRECONDITION when another process has it open
 */
export async function openEmbeddedStore(folder: string): Promise<HubStore> {
  const database = new ClassicLevel(folder);
  try {
    await database.open();
  } catch (thrown) {
    throw openError(thrown, folder);
  }
  let waiting: Write[] = [];
  let committing = false;

  function submit(prepare: Write["prepare"]): Promise<void> {
    return new Promise((resolve, reject) => {
      waiting.push({ prepare, done: (error) => (error === undefined ? resolve() : reject(error)) });
      if (!committing) void commitAll();
    });
  }

  async function commitAll(): Promise<void> {
    committing = true;
    while (waiting.length > 0) {
      const writes = waiting;
      waiting = [];
      await commit(writes);
    }
    committing = false;
  }

  async function commit(writes: readonly Write[]): Promise<void> {
    const changes: Changes = new Map();
    const read = (key: string) => (changes.has(key) ? Promise.resolve(changes.get(key)) : database.get(key));
    const prepared: Write[] = [];
    for (const write of writes) {
      try {
        await write.prepare(read, changes);
        prepared.push(write);
      } catch (thrown) {
        write.done(thrown);
      }
    }
    try {
      const operations = [...changes].map(([key, value]) =>
        value === undefined ? ({ type: "del", key } as const) : ({ type: "put", key, value } as const),
      );
      if (operations.length > 0) await database.batch(operations, { sync: true });
      for (const write of prepared) write.done();
    } catch (thrown) {
      const error = toAppError(thrown, `Cannot write to the embedded store in "${folder}"`);
      for (const write of prepared) write.done(error);
    }
  }

  function collection<T>(name: string): Collection<T> {
    const start = `${name}${separator}`;
    const parse = (text: string | undefined) => (text === undefined ? undefined : (JSON.parse(text) as T));
    const put = (changes: Changes, key: string, value: T | undefined) =>
      changes.set(start + key, value === undefined ? undefined : JSON.stringify(value));

    return {
      get: async (key) => parse(await database.get(start + key)),
      set: (key, value) =>
        submit(async (_read, changes) => {
          put(changes, key, value);
        }),
      delete: (key) =>
        submit(async (_read, changes) => {
          put(changes, key, undefined);
        }),
      async entries(prefix = "") {
        const from = start + prefix;
        const found: (readonly [string, T])[] = [];
        for await (const [key, text] of database.iterator({ gte: from })) {
          if (!key.startsWith(from)) break;
          found.push([key.slice(start.length), JSON.parse(text) as T]);
        }
        return found.sort(byKey);
      },
      write: (list) =>
        submit(async (_read, changes) => {
          for (const [key, value] of list) put(changes, key, value);
        }),
      async writeIf(guard, list) {
        let holds = false;
        await submit(async (read, changes) => {
          holds = (await read(`${guard.collection}${separator}${guard.key}`)) === JSON.stringify(guard.is);
          if (holds) for (const [key, value] of list) put(changes, key, value);
        });
        return holds;
      },
      async update(key, change) {
        let written: T | undefined;
        await submit(async (read, changes) => {
          written = change(parse(await read(start + key)));
          put(changes, key, written);
        });
        return written;
      },
    };
  }

  return {
    description: `embedded store in ${folder}`,
    shared: false,
    collection,
    close: () => database.close(),
  };
}

function openError(thrown: unknown, folder: string): AppError {
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  if ((cause as { code?: unknown } | undefined)?.code === "LEVEL_LOCKED") {
    return new AppError(
      "FAILED_PRECONDITION",
      `Cannot open the embedded store in "${folder}": another hub uses it; give each hub its own --data directory, or all of them one --redis`,
      { cause: thrown },
    );
  }
  return toAppError(cause instanceof Error ? cause : thrown, `Cannot open the embedded store in "${folder}"`);
}
