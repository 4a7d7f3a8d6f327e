import { backoffMs, type Clock } from "../../common/async/index.ts";
import { groupOf, type ObjectRef, ownershipLabels, refKey, refOf } from "../../common/domain/index.ts";
import { isAbort, toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { LiveFacts, LiveView } from "../plan/index.ts";
import type { KindInfo, KubeClient, LiveObject, WatchEvent } from "../ports.ts";
import { createDefinitionWatch } from "./definition-watch.ts";
import { isOlder, kindKey, type Observed, observedOf, reassessed, type Verdict } from "./facts.ts";
import { needsStatus } from "./health/index.ts";
import { type ApplicationChecks, createHealthChecks } from "./health-checks.ts";
import { createKnownChecks } from "./known-checks.ts";
import { createSecondLooks } from "./second-looks.ts";
import { listTroubledPods } from "./workload-pods.ts";

/** One object came, changed or went. `after` undefined: it is gone, or has our labels no more. */
export interface Change {
  readonly key: string;
  readonly ref: ObjectRef;
  readonly before: Observed | undefined;
  readonly after: Observed | undefined;
}

export interface ObserverOptions {
  readonly kube: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  /** Called in the order of the API server, per object. */
  changed(change: Change): void;
  /** A kind is known and listed now, or is known no more: what its objects look like is to be judged again. */
  kindChanged(kind: string): void;
  /** It became known whether a kind lives in namespaces, and that is news. */
  scopeChanged(kind: string): void;
}

/** The live objects that carry our labels, from one watch per kind in use. */
export interface Observer {
  readonly live: LiveView;
  get(key: string): Observed | undefined;
  all(): Iterable<Observed>;
  /** Version in which a kind is watched. */
  apiVersionOf(ref: ObjectRef): string | undefined;
  /** The kind is known to live outside of namespaces: always true where one of its objects is known. Stays known. */
  isClusterScoped(ref: Pick<ObjectRef, "group" | "kind">): boolean;
  /** The kind, or every kind in use, is listed or known not to exist; `kindChanged` is called when that may have become true. */
  isSettled(kind?: string): boolean;
  /**
   * Kinds ("group/kind" → apiVersion) that an environment needs; watches start and stop accordingly. Objects that its
   * applications bring a health check for are assessed by that; when a check changes, their kind is listed again.
   */
  require(environment: string, kinds: ReadonlyMap<string, string>, checks: ApplicationChecks): void;
  /** Takes the answer of a request: it may be ahead of the watch. Undefined means the object does not exist. */
  record(ref: ObjectRef, live: LiveObject | undefined): void;
  /** There is an object of this kind: if the kind was unknown, it is no more. */
  found(ref: ObjectRef): void;
  /** Definitions were written: kinds that did not exist may exist now. */
  retryUnknownKinds(): void;
  close(): Promise<void>;
}

type WatchState = "starting" | "listed" | "unknown";

interface KindWatch {
  readonly apiVersion: string;
  readonly kind: string;
  /** Of the health checks about this kind. */
  readonly checks: string;
  readonly controller: AbortController;
  state: WatchState;
  done: Promise<void>;
}

const retry = { firstMs: 1_000, maxMs: 60_000 };

export function createObserver(options: ObserverOptions): Observer {
  const { kube, clock, log } = options;
  const objects = new Map<string, Observed>();
  const watches = new Map<string, KindWatch>();
  const needs = new Map<string, ReadonlyMap<string, string>>();
  const ending = new Set<Promise<void>>();
  const clusterScoped = new Set<string>();
  const checks = createHealthChecks(() => clock.now());
  const known = createKnownChecks();
  const looks = createSecondLooks({ clock, random: options.random, look: lookAgain });
  const definitions = createDefinitionWatch({ kube, log, changed: (group) => definitionChanged(group) });

  function put(ref: ObjectRef, after: Observed | undefined): void {
    const key = refKey(ref);
    const before = objects.get(key);
    if (before === undefined && after === undefined) return;
    if (after === undefined) objects.delete(key);
    else objects.set(key, after);
    if (after?.unfinished === undefined) looks.end(key);
    else looks.begin(key, `${after.uid}/${after.unfinished.live.metadata.generation ?? ""}`);
    options.changed({ key, ref, before, after });
  }

  function learnScope(kind: string, isNamespaced: boolean): void {
    if (clusterScoped.has(kind) === !isNamespaced) return;
    if (isNamespaced) clusterScoped.delete(kind);
    else clusterScoped.add(kind);
    options.scopeChanged(kind);
  }

  function seen(live: LiveObject): void {
    const ref = refOf(live);
    const key = refKey(ref);
    // Before anybody looks for it where it is not.
    if (ref.namespace === "") learnScope(kindKey(ref), false);
    const before = objects.get(key);
    const after = observedOf(live, clock.now(), podsOf(before, live), checkHealth);
    if (before !== undefined && isOlder(after.resourceVersion, before.resourceVersion)) return;
    put(after.ref, after);
  }

  function checkHealth(live: LiveObject, { ref, environment, application }: LiveFacts): Verdict | undefined {
    const health = checks.assess(live, ref, environment, application);
    return health === undefined ? known.assess(live, ref, clock.now()) : { health, changesWithTime: false };
  }

  /** The answer to our own write said it already. */
  function isKnown(live: LiveObject): boolean {
    const before = objects.get(refKey(refOf(live)));
    return before?.uid === live.metadata.uid && before.resourceVersion === live.metadata.resourceVersion;
  }

  async function lookAgain(key: string, signal: AbortSignal): Promise<void> {
    const before = objects.get(key);
    if (before?.unfinished === undefined) return;
    const { live } = before.unfinished;
    const pods = await listTroubledPods(kube, before.ref, live, signal).catch((thrown: unknown) => {
      if (!signal.aborted)
        log.debug({ error: toAppError(thrown).message, object: key }, "its pods could not be listed");
      return undefined;
    });
    const current = objects.get(key);
    if (signal.aborted || current?.unfinished === undefined) return;
    put(current.ref, reassessed(current, clock.now(), pods ?? current.unfinished.pods, checkHealth));
  }

  function handle(kind: string, watch: KindWatch, event: WatchEvent): void {
    if (event.type === "changed") return isKnown(event.object) ? undefined : seen(event.object);
    if (event.type === "deleted") {
      const gone = observedOf(event.object, clock.now());
      const before = objects.get(refKey(gone.ref));
      if (before !== undefined && isOlder(gone.resourceVersion, before.resourceVersion)) return;
      return put(gone.ref, undefined);
    }
    const listed = new Set<string>();
    for (const object of event.objects) {
      listed.add(refKey(observedOf(object, clock.now()).ref));
      seen(object);
    }
    for (const [key, { ref }] of objects) {
      if (kindKey(ref) === kind && !listed.has(key)) put(ref, undefined);
    }
    if (watch.state !== "listed") become(kind, watch, "listed");
  }

  function become(kind: string, watch: KindWatch, state: WatchState): void {
    const changed = watch.state !== state;
    watch.state = state;
    definitions.need(kind, state === "unknown" ? groupOf(watch.apiVersion) : undefined);
    if (changed) options.kindChanged(kind);
  }

  async function follow(kind: string, watch: KindWatch): Promise<void> {
    const { signal } = watch.controller;
    const [group = ""] = kind.split("/");
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        await known.ready({ group, kind: watch.kind });
        const info: KindInfo = await kube.kindOf(watch.apiVersion, watch.kind, { signal });
        if (signal.aborted) return;
        learnScope(kind, info.namespaced);
        const metadataOnly = watch.checks === "" && !needsStatus(group, watch.kind);
        await checks.ready();
        const labelSelector = ownershipLabels.application;
        for await (const event of kube.watch(info, { labelSelector, metadataOnly, signal })) {
          if (signal.aborted) return;
          attempt = 0;
          handle(kind, watch, event);
        }
      } catch (thrown) {
        if (signal.aborted || isAbort(thrown)) return;
        const error = toAppError(thrown, `Watching ${kind}`);
        if (error.details["kindUnknown"] === true) return become(kind, watch, "unknown");
        log.warn({ error: error.message, kind }, "watch failed");
        await clock.sleep(backoffMs(attempt, options.random(), retry), { signal }).catch(() => undefined);
      }
    }
  }

  function startWatch(kind: string, apiVersion: string): void {
    const watch: KindWatch = {
      apiVersion,
      kind: kind.slice(kind.indexOf("/") + 1),
      checks: versionOf(kind),
      controller: new AbortController(),
      state: "starting",
      done: Promise.resolve(),
    };
    watches.set(kind, watch);
    watch.done = follow(kind, watch);
  }

  function versionOf(kind: string): string {
    const [group = "", name = ""] = kind.split("/");
    return checks.version({ group, kind: name });
  }

  function stopWatch(kind: string, watch: KindWatch): void {
    watches.delete(kind);
    definitions.need(kind, undefined);
    end(watch);
  }

  function end(watch: KindWatch): void {
    watch.controller.abort();
    const ended = watch.done.finally(() => ending.delete(ended));
    ending.add(ended);
  }

  function restart(kind: string, watch: KindWatch): void {
    end(watch);
    startWatch(kind, watch.apiVersion);
  }

  function update(): void {
    const wanted = new Map([...needs.values()].flatMap((kinds) => [...kinds]));
    for (const [kind, watch] of watches) {
      if (wanted.get(kind) === watch.apiVersion && versionOf(kind) === watch.checks) continue;
      stopWatch(kind, watch);
      if (wanted.has(kind)) continue;
      for (const [key, { ref }] of objects) {
        if (kindKey(ref) !== kind) continue;
        objects.delete(key);
        looks.end(key);
      }
    }
    for (const [kind, apiVersion] of wanted) if (!watches.has(kind)) startWatch(kind, apiVersion);
  }

  function definitionChanged(group: string): void {
    kube.forgetKinds();
    for (const [kind, watch] of watches) {
      if (watch.state === "unknown" && groupOf(watch.apiVersion) === group) restart(kind, watch);
    }
  }

  return {
    live: {
      get: (key) => objects.get(key),
      knows: (ref) => watches.get(kindKey(ref))?.state === "listed" || watches.get(kindKey(ref))?.state === "unknown",
    },
    get: (key) => objects.get(key),
    require(environment, kinds, itsChecks) {
      if (kinds.size === 0) needs.delete(environment);
      else needs.set(environment, kinds);
      checks.set(environment, itsChecks);
      update();
    },
    all: () => objects.values(),
    apiVersionOf: (ref) => watches.get(kindKey(ref))?.apiVersion,
    isClusterScoped: (ref) => clusterScoped.has(kindKey(ref)),
    isSettled(kind) {
      const asked = kind === undefined ? [...watches.values()] : [watches.get(kind)];
      return asked.every((watch) => watch !== undefined && watch.state !== "starting");
    },
    record(ref, live) {
      if (live === undefined) put(ref, undefined);
      else seen(live);
    },
    found(ref) {
      const watch = watches.get(kindKey(ref));
      if (watch?.state === "unknown") restart(kindKey(ref), watch);
    },
    retryUnknownKinds() {
      kube.forgetKinds();
      for (const [kind, watch] of watches) if (watch.state === "unknown") restart(kind, watch);
    },
    async close() {
      needs.clear();
      update();
      await Promise.allSettled([...ending, looks.close(), definitions.close()]);
    },
  };
}

/** Pods that were seen for what the object was before say nothing about what it is to be now. */
function podsOf(before: Observed | undefined, live: LiveObject): readonly LiveObject[] {
  const known = before?.unfinished;
  return known?.live.metadata.generation === live.metadata.generation && before?.uid === live.metadata.uid
    ? (known?.pods ?? [])
    : [];
}
