import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { createKeyedLock } from "../../common/async/index.ts";
import { digestOf } from "../../common/domain/index.ts";
import { AppError, toAppError } from "../../common/errors.ts";
import type { AgentSecrets, StoredBytes } from "./secrets.ts";

/** JSON values by key, each replaced in one step whatever its size: a reader sees the old value or the new one. */
export interface SecretDocuments {
  /** Undefined when there is none; INVALID_ARGUMENT when it is damaged. */
  read(key: string): Promise<unknown>;
  /** Writes to one key happen in the order of their calls; undefined removes. */
  write(key: string, value: unknown): Promise<void>;
  /** Keys that start with this, sorted. */
  keys(prefix: string): readonly string[];
}

/** Compressed bytes that fit into the Secret of the document itself. */
const inlineBytes = 256 * 1024;

interface Head {
  /** Its own name for people, and for finding it again. */
  readonly key: string;
  /** Of the value when it is too long to be `inline`. */
  readonly elsewhere?: StoredBytes;
}

interface Known {
  readonly elsewhere: StoredBytes | undefined;
  /** As found when the store was opened, until it is read for the first time. */
  inline: Buffer | undefined;
}

export async function openSecretDocuments(secrets: AgentSecrets, store: string): Promise<SecretDocuments> {
  const known = new Map<string, Known>();
  const locks = createKeyedLock<string>();
  const nameOf = (key: string) => `${store}-${digestOf(key).slice(0, 32)}`;

  for (const { name, data } of await secrets.list("head")) {
    const head = parseHead(data.get("head"));
    // Nobody knows what it was: the hub or the next run says it again.
    if (head === undefined) await secrets.remove(name);
    else known.set(head.key, { elsewhere: head.elsewhere, inline: data.get("value") });
  }
  await removeUnnamed();

  /** Parts of values whose heads were never written, or were written anew. */
  async function removeUnnamed(): Promise<void> {
    const named = new Set([...known.values()].flatMap(({ elsewhere }) => elsewhere?.id ?? []));
    for (const stored of await secrets.completeBytes("part")) {
      if (!named.has(stored.id)) await secrets.removeBytes("part", stored);
    }
  }

  async function compressedOf(key: string, found: Known): Promise<Buffer | undefined> {
    if (found.elsewhere !== undefined) return secrets.readBytes("part", found.elsewhere);
    const { inline } = found;
    // Once is what a start needs; afterwards it is in memory where it is used.
    found.inline = undefined;
    return inline ?? (await secrets.read(nameOf(key)))?.get("value");
  }

  return {
    async read(key) {
      const found = known.get(key);
      if (found === undefined) return undefined;
      const compressed = await compressedOf(key, found);
      if (compressed === undefined) return undefined;
      try {
        return JSON.parse((await promisify(gunzip)(compressed)).toString("utf8"));
      } catch (cause) {
        throw new AppError(
          "INVALID_ARGUMENT",
          `Secret "${nameOf(key)}" (${key}) is damaged: remove it to go on without it`,
          {
            cause,
          },
        );
      }
    },
    write: (key, value) =>
      locks.run(key, async () => {
        const before = known.get(key)?.elsewhere;
        try {
          if (value === undefined) {
            if (!known.has(key)) return;
            await secrets.remove(nameOf(key));
            known.delete(key);
          } else {
            const compressed = await promisify(gzip)(JSON.stringify(value));
            const elsewhere =
              compressed.length > inlineBytes ? await secrets.writeBytes("part", compressed) : undefined;
            const head: Head = { key, ...(elsewhere === undefined ? {} : { elsewhere }) };
            const own = elsewhere === undefined ? { value: compressed } : {};
            await secrets.write("head", nameOf(key), { head: Buffer.from(JSON.stringify(head)), ...own });
            known.set(key, { elsewhere, inline: undefined });
          }
          // Equal values share their parts.
          const isUsed = [...known.values()].some(({ elsewhere }) => elsewhere?.id === before?.id);
          if (before !== undefined && !isUsed) await secrets.removeBytes("part", before);
        } catch (thrown) {
          throw toAppError(thrown, `Cannot save "${key}"`);
        }
      }),
    keys: (prefix) => [...known.keys()].filter((key) => key.startsWith(prefix)).sort(),
  };
}

function parseHead(bytes: Buffer | undefined): Head | undefined {
  try {
    const head = JSON.parse(bytes?.toString("utf8") ?? "") as Head;
    return typeof head.key === "string" ? head : undefined;
  } catch {
    return undefined;
  }
}
