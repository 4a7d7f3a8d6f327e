import { randomUUID } from "node:crypto";
import type { ClusterClock } from "./clock.ts";
import { timestamp } from "./clock.ts";
import type { ControllerDelays } from "./controllers/context.ts";
import { startControllers } from "./controllers/start.ts";
import { createFaults, type Faults } from "./faults.ts";
import type { KubeObject } from "./json.ts";
import { builtInKind, createKindTable, type KindTable } from "./kinds.ts";
import { createObjects, keyOf, type Objects } from "./objects.ts";
import { createStore, type Store, type StoreSnapshot } from "./store.ts";

export interface ClusterOptions {
  readonly name: string;
  /** "/clusters/dev": where the server serves it. */
  readonly prefix: string;
  readonly token: string;
  readonly clock: ClusterClock;
  readonly historyLimit: number;
  /** False runs none but what the API server does itself: statuses stay as they are written. */
  readonly controllers: Partial<ControllerDelays> | false;
  readonly snapshot: StoreSnapshot | undefined;
}

/** One simulated API server with its controllers, without the HTTP in front of it. */
export interface Cluster {
  readonly name: string;
  readonly prefix: string;
  readonly token: string;
  /** The uid of kube-system, by which a cluster is recognised. */
  readonly uid: string;
  readonly clock: ClusterClock;
  readonly store: Store;
  readonly kinds: KindTable;
  readonly objects: Objects;
  readonly faults: Faults;
  readonly watches: Watches;
  readonly requests: RequestCounts;
  stop(): void;
}

/** The open watches, so that they can be cut. */
export interface Watches {
  /** Returns what forgets the watch. */
  add(cut: () => void): () => void;
  cutAll(): void;
  count(): number;
}

/** Requests served since the start, by method; watches count as "WATCH". */
export interface RequestCounts {
  count(verb: string): void;
  all(): Readonly<Record<string, number>>;
}

const namespaceKind = builtInKind("v1", "Namespace");
const crdKind = builtInKind("apiextensions.k8s.io/v1", "CustomResourceDefinition");
const initialNamespaces = ["default", "kube-node-lease", "kube-public", "kube-system"];

export function createCluster(options: ClusterOptions): Cluster {
  const { clock, snapshot } = options;
  const store = createStore({ historyLimit: options.historyLimit, ...(snapshot === undefined ? {} : { snapshot }) });
  const kinds = createKindTable();
  let address = 0;
  const clusterIp = () => {
    address++;
    return `10.${96 + ((address >> 16) & 15)}.${(address >> 8) & 255}.${address & 255}`;
  };
  const objects = createObjects({ store, kinds, clock, clusterIp });
  const write = {
    writer: { name: "kube-apiserver", time: timestamp(clock) },
    dryRun: false,
    fieldValidation: "Strict",
  } as const;
  address = store.list("/services").length;
  for (const name of initialNamespaces) {
    if (store.get(keyOf(namespaceKind, "", name)) === undefined)
      objects.create(namespaceKind, "", { metadata: { name } }, write);
  }
  for (const crd of store.list(crdKind.key)) kinds.setCrd(crd);
  store.subscribe(({ object, key }) => {
    if (object === undefined) kinds.removeCrd(key.name);
    else kinds.setCrd(object);
  }, crdKind.key);
  const uid = uidOf(objects.get(namespaceKind, "", "kube-system"));
  const controllers = startControllers({ store, kinds, objects, clock }, options.controllers);
  const watches = createWatches();
  return {
    name: options.name,
    prefix: options.prefix,
    token: options.token,
    uid,
    clock,
    store,
    kinds,
    objects,
    faults: createFaults(),
    watches,
    requests: createRequestCounts(),
    stop() {
      controllers.stop();
      watches.cutAll();
    },
  };
}

function uidOf({ metadata }: KubeObject): string {
  return typeof metadata["uid"] === "string" ? metadata["uid"] : randomUUID();
}

function createWatches(): Watches {
  const open = new Set<() => void>();
  return {
    add(cut) {
      open.add(cut);
      return () => open.delete(cut);
    },
    cutAll() {
      for (const cut of open) cut();
    },
    count: () => open.size,
  };
}

function createRequestCounts(): RequestCounts {
  const counts: Record<string, number> = {};
  return {
    count(verb) {
      counts[verb] = (counts[verb] ?? 0) + 1;
    },
    all: () => ({ ...counts }),
  };
}
