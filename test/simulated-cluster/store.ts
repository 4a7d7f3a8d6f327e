import { type KubeObject, listAt, textAt, withAt } from "./json.ts";

export interface ObjectKey {
  /** Kind.key. */
  readonly kind: string;
  /** "" for cluster-scoped kinds. */
  readonly namespace: string;
  readonly name: string;
}

export interface StoreEvent {
  readonly revision: number;
  readonly key: ObjectKey;
  /** Undefined when the object was deleted. */
  readonly object: KubeObject | undefined;
  /** Undefined when the object is new. For a deletion: its last state, with the deletion's resourceVersion. */
  readonly previous: KubeObject | undefined;
}

/** The objects of one cluster, their history and who listens. */
export interface Store {
  revision(): number;
  get(key: ObjectKey): KubeObject | undefined;
  /** In the order of namespace and name. */
  list(kind: string, namespace?: string): readonly KubeObject[];
  kinds(): readonly string[];
  /** Objects that name the uid as an owner. */
  dependents(uid: string): readonly ObjectKey[];
  /** Stores under the next resourceVersion and returns what was stored. */
  put(key: ObjectKey, object: KubeObject): KubeObject;
  remove(key: ObjectKey): KubeObject | undefined;
  /** Events of a kind after a revision; undefined when some of them are forgotten. */
  since(kind: string, revision: number): readonly StoreEvent[] | undefined;
  /** Forgets the history: every older resourceVersion is expired. */
  compact(): void;
  oldest(): number;
  subscribe(listener: (event: StoreEvent) => void, kind?: string): () => void;
}

export interface StoreSnapshot {
  readonly revision: number;
  readonly objects: readonly { readonly kind: string; readonly object: KubeObject }[];
}

const path = (namespace: string, name: string) => `${namespace}/${name}`;

export function createStore(options: { readonly historyLimit: number; readonly snapshot?: StoreSnapshot }): Store {
  const objects = new Map<string, Map<string, KubeObject>>();
  const sorted = new Map<string, readonly string[]>();
  const owners = new Map<string, Map<string, ObjectKey>>();
  const everyone = new Set<(event: StoreEvent) => void>();
  const listeners = new Map<string, Set<(event: StoreEvent) => void>>();
  let history: StoreEvent[] = [];
  let revision = options.snapshot?.revision ?? 1;
  let oldest = revision;

  for (const { kind, object } of options.snapshot?.objects ?? []) {
    const key = { kind, namespace: textAt(object, "metadata", "namespace") ?? "", name: object.metadata.name };
    place(key, object);
  }

  function place(key: ObjectKey, object: KubeObject): void {
    let ofKind = objects.get(key.kind);
    if (ofKind === undefined) objects.set(key.kind, (ofKind = new Map()));
    const at = path(key.namespace, key.name);
    const previous = ofKind.get(at);
    if (previous === undefined) sorted.delete(key.kind);
    ofKind.set(at, object);
    index(key, previous, object);
  }

  function index(key: ObjectKey, previous: KubeObject | undefined, next: KubeObject | undefined): void {
    const before = previous?.metadata["ownerReferences"];
    const after = next?.metadata["ownerReferences"];
    if (before === after) return;
    const id = `${key.kind} ${path(key.namespace, key.name)}`;
    for (const owner of listAt(previous, "metadata", "ownerReferences")) {
      const uid = textAt(owner, "uid") ?? "";
      const of = owners.get(uid);
      of?.delete(id);
      if (of?.size === 0) owners.delete(uid);
    }
    for (const owner of listAt(next, "metadata", "ownerReferences")) {
      const uid = textAt(owner, "uid") ?? "";
      const of = owners.get(uid) ?? new Map<string, ObjectKey>();
      owners.set(uid, of.set(id, key));
    }
  }

  function publish(event: StoreEvent): void {
    history.push(event);
    if (history.length > options.historyLimit * 2) {
      const dropped = history.length - options.historyLimit;
      oldest = history[dropped - 1]?.revision ?? oldest;
      history = history.slice(dropped);
    }
    for (const listener of listeners.get(event.key.kind) ?? []) listener(event);
    for (const listener of everyone) listener(event);
  }

  return {
    revision: () => revision,
    get: (key) => objects.get(key.kind)?.get(path(key.namespace, key.name)),
    list(kind, namespace) {
      const ofKind = objects.get(kind);
      if (ofKind === undefined) return [];
      let paths = sorted.get(kind);
      if (paths === undefined) sorted.set(kind, (paths = [...ofKind.keys()].sort()));
      const prefix = namespace === undefined ? "" : `${namespace}/`;
      return paths.flatMap((at) => {
        const object = at.startsWith(prefix) ? ofKind.get(at) : undefined;
        return object === undefined ? [] : [object];
      });
    },
    kinds: () => [...objects.keys()],
    dependents: (uid) => [...(owners.get(uid)?.values() ?? [])],
    put(key, object) {
      const previous = objects.get(key.kind)?.get(path(key.namespace, key.name));
      const stored = withAt(object, ["metadata", "resourceVersion"], String(++revision));
      place(key, stored);
      publish({ revision, key, object: stored, previous });
      return stored;
    },
    remove(key) {
      const ofKind = objects.get(key.kind);
      const previous = ofKind?.get(path(key.namespace, key.name));
      if (ofKind === undefined || previous === undefined) return undefined;
      ofKind.delete(path(key.namespace, key.name));
      sorted.delete(key.kind);
      index(key, previous, undefined);
      const last = withAt(previous, ["metadata", "resourceVersion"], String(++revision));
      publish({ revision, key, object: undefined, previous: last });
      return last;
    },
    since(kind, after) {
      if (after < oldest) return undefined;
      return history.filter((event) => event.revision > after && event.key.kind === kind);
    },
    compact() {
      history = [];
      oldest = ++revision;
    },
    oldest: () => oldest,
    subscribe(listener, kind) {
      const set = kind === undefined ? everyone : (listeners.get(kind) ?? new Set());
      if (kind !== undefined) listeners.set(kind, set);
      set.add(listener);
      return () => {
        set.delete(listener);
        if (kind !== undefined && set.size === 0) listeners.delete(kind);
      };
    },
  };
}
