import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { backoffMs, createKeyedLock } from "../../common/async/index.ts";
import { AppError } from "../../common/errors.ts";
import type { Collection, HubStore } from "../ports.ts";
import type { RedisConnection } from "./redis-connection.ts";
import { byKey } from "./sort.ts";

/**
 * Writes a field if it is still what was read. After a lost connection the client sends a command again that may have been
 * done already: the token, kept a minute, tells that the first one was.
 */
const compareAndSet = `
if redis.call('EXISTS', KEYS[2]) == 1 then return 1 end
local current = redis.call('HGET', KEYS[1], ARGV[1])
if ARGV[2] == 'present' then
  if current ~= ARGV[3] then return 0 end
elseif current then
  return 0
end
if ARGV[4] == 'set' then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[5])
else
  redis.call('HDEL', KEYS[1], ARGV[1])
end
redis.call('SET', KEYS[2], '1', 'PX', 60000)
return 1
`;

/** Writes fields while a field, which may be of another hash, is what it was. Sent twice, it does the same twice. */
const writeGuarded = `
if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then return 0 end
for i = 3, #ARGV, 3 do
  if ARGV[i] == 'set' then
    redis.call('HSET', KEYS[1], ARGV[i + 1], ARGV[i + 2])
  else
    redis.call('HDEL', KEYS[1], ARGV[i + 1])
  end
end
return 1
`;

/** Whoever lost a race waits a little, each a different while, or the one who is quicker would win every time. */
const retry = { firstMs: 2, maxMs: 100 };
const maxAttempts = 200;

/** One hash per collection. Several hubs may write to it. */
export function createRedisStore(connection: RedisConnection, options: { readonly shared: boolean }): HubStore {
  const { client, run } = connection;
  // Updates of this process queue up here, so that only those of other hubs make one start again.
  const locks = createKeyedLock<string>();

  function collection<T>(name: string): Collection<T> {
    const hash = `drover:${name}`;
    const doing = (verb: string, key?: string) =>
      `${verb} ${key === undefined ? "" : `"${key}" of `}collection "${name}"`;

    async function update(key: string, change: (current: T | undefined) => T | undefined): Promise<T | undefined> {
      for (let attempt = 0; attempt < maxAttempts; attempt++) {
        const before = await client.hget(hash, key);
        const value = change(before === null ? undefined : (JSON.parse(before) as T));
        const after = value === undefined ? null : JSON.stringify(value);
        if (after === before) return value;
        const expected = before === null ? ["absent", ""] : ["present", before];
        const wanted = after === null ? ["delete", ""] : ["set", after];
        const token = `drover:token:${randomUUID()}`;
        if ((await client.eval(compareAndSet, 2, hash, token, key, ...expected, ...wanted)) === 1) return value;
        await sleep(backoffMs(attempt + 1, Math.random(), retry));
      }
      throw new AppError("ABORTED", `Cannot ${doing("update", key)}: others keep changing it`);
    }

    async function write(changes: ReadonlyMap<string, T | undefined>): Promise<void> {
      const set = [...changes].filter(([, value]) => value !== undefined);
      const gone = [...changes].filter(([, value]) => value === undefined).map(([key]) => key);
      const transaction = client.multi();
      if (set.length > 0) transaction.hset(hash, new Map(set.map(([key, value]) => [key, JSON.stringify(value)])));
      if (gone.length > 0) transaction.hdel(hash, ...gone);
      for (const [error] of (await transaction.exec()) ?? []) if (error !== null) throw error;
    }

    return {
      async get(key) {
        const text = await run(doing("read", key), () => client.hget(hash, key));
        return text === null ? undefined : (JSON.parse(text) as T);
      },
      async set(key, value) {
        await run(doing("write", key), () => client.hset(hash, key, JSON.stringify(value)));
      },
      async delete(key) {
        await run(doing("delete", key), () => client.hdel(hash, key));
      },
      async entries(prefix = "") {
        const all = await run(doing("read"), () => client.hgetall(hash));
        return Object.entries(all)
          .filter(([key]) => key.startsWith(prefix))
          .map(([key, text]) => [key, JSON.parse(text) as T] as const)
          .sort(byKey);
      },
      async write(changes) {
        if (changes.length > 0) await run(doing("write"), () => write(new Map(changes)));
      },
      async writeIf(guard, changes) {
        const list = changes.flatMap(([key, value]) =>
          value === undefined ? ["delete", key, ""] : ["set", key, JSON.stringify(value)],
        );
        const keys = [hash, `drover:${guard.collection}`, guard.key, JSON.stringify(guard.is)];
        return (await run(doing("write"), () => client.eval(writeGuarded, 2, ...keys, ...list))) === 1;
      },
      update: (key, change) =>
        locks.run(`${hash} ${key}`, () =>
          runKeeping(change, (kept) => run(doing("update", key), () => update(key, kept))),
        ),
    };
  }

  return {
    description: connection.description,
    shared: options.shared,
    collection,
    close: () => connection.close(),
  };
}

/** What `change` itself throws is the caller's and comes back as it is. */
async function runKeeping<T>(
  change: (current: T | undefined) => T | undefined,
  work: (change: (current: T | undefined) => T | undefined) => Promise<T | undefined>,
): Promise<T | undefined> {
  let own: { readonly thrown: unknown } | undefined;
  const kept = (current: T | undefined) => {
    try {
      return change(current);
    } catch (thrown) {
      own = { thrown };
      throw thrown;
    }
  };
  try {
    return await work(kept);
  } catch (thrown) {
    throw own === undefined ? thrown : own.thrown;
  }
}
