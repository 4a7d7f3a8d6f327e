import type { Collection } from "../../hub/ports.ts";

/** Collections in memory that know each other; what comes back is never the object that went in. */
export function createMemoryCollections(): <T>(name: string) => Collection<T> {
  const all = new Map<string, Map<string, string>>();
  const textsOf = (name: string) => {
    const texts = all.get(name) ?? new Map<string, string>();
    all.set(name, texts);
    return texts;
  };
  return <T>(name: string) => memoryCollection<T>(textsOf(name), textsOf);
}

export function createMemoryCollection<T>(): Collection<T> {
  return createMemoryCollections()<T>("alone");
}

function memoryCollection<T>(
  texts: Map<string, string>,
  textsOf: (name: string) => ReadonlyMap<string, string>,
): Collection<T> {
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
    async writeIf(guard, changes) {
      if (textsOf(guard.collection).get(guard.key) !== JSON.stringify(guard.is)) return false;
      changes.forEach(([key, value]) => void put(key, value));
      return true;
    },
    async update(key, change) {
      const next = change(read(key));
      put(key, next);
      return next;
    },
  };
}
