import type { Collection } from "../../hub/ports.ts";

/** A Collection in memory; what comes back is never the object that went in. */
export function createMemoryCollection<T>(): Collection<T> {
  const texts = new Map<string, string>();
  const put = (key: string, value: T | undefined) =>
    value === undefined ? texts.delete(key) : texts.set(key, JSON.stringify(value));
  const read = (key: string): T | undefined => {
    const text = texts.get(key);
    return text === undefined ? undefined : (JSON.parse(text) as T);
  };
  return {
    get: async (key) => read(key),
    set: async (key, value) => void put(key, value),
    delete: async (key) => void texts.delete(key),
    entries: async (prefix = "") =>
      [...texts.keys()]
        .filter((key) => key.startsWith(prefix))
        .sort()
        .map((key) => [key, read(key) as T] as const),
    write: async (changes) => changes.forEach(([key, value]) => put(key, value)),
    async update(key, change) {
      const next = change(read(key));
      put(key, next);
      return next;
    },
  };
}
