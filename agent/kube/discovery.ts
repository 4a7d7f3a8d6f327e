import { AppError } from "../../common/errors.ts";
import type { Cancellable, KindInfo } from "../ports.ts";
import {
  type AggregatedDiscovery,
  type KindTable,
  kindKey,
  kindsOfAggregated,
  kindsOfLegacy,
  type LegacyDiscovery,
} from "./discovery-documents.ts";
import { allowManyListeners } from "./many-listeners.ts";
import { groupVersionPath } from "./paths.ts";
import { createSharedRun } from "./shared-run.ts";
import type { Transport } from "./transport.ts";

export interface Discovery {
  kindOf(apiVersion: string, kind: string, options: Cancellable): Promise<KindInfo>;
  forget(): void;
}

/** v2 since Kubernetes 1.30; its beta since 1.26 has the same form. */
const accept = [
  ...["v2", "v2beta1"].map((v) => `application/json;g=apidiscovery.k8s.io;v=${v};as=APIGroupDiscoveryList`),
  "application/json",
].join(",");

/**
 * Which kinds the server has: all of them in two requests, or, where the server knows no aggregated discovery, those of
 * one group-version at a time. Kept until somebody asks for a kind that is not there.
 */
export function createDiscovery(transport: Transport): Discovery {
  const tables = new Map<string, KindTable>();
  /** By "" for everything, else by group-version. A reading serves all who asked before it began. */
  const runs = new Map<string, () => Promise<KindTable>>();
  let isLegacy = false;

  async function readAll(): Promise<KindTable> {
    const doing = "discover kinds";
    const documents = await Promise.all(
      ["/api", "/apis"].map((path) => transport.send({ verb: "discovery", path, accept, doing }).catch(notFoundHere)),
    );
    if (!documents.every(({ contentType }) => contentType.includes("as=APIGroupDiscoveryList"))) {
      isLegacy = true;
      return new Map();
    }
    const kinds = documents.map(({ body }) => kindsOfAggregated(body as AggregatedDiscovery));
    return new Map(kinds.flatMap((table) => [...table]));
  }

  async function readGroupVersion(apiVersion: string): Promise<KindTable> {
    const doing = `discover kinds of ${apiVersion}`;
    try {
      const { body } = await transport.send({ verb: "discovery", path: groupVersionPath(apiVersion), doing });
      return kindsOfLegacy(apiVersion, body as LegacyDiscovery);
    } catch (thrown) {
      if (thrown instanceof AppError && thrown.code === "NOT_FOUND") return new Map();
      throw thrown;
    }
  }

  function refresh(scope: string): Promise<KindTable> {
    let run = runs.get(scope);
    if (run === undefined) {
      run = createSharedRun(async () => {
        const table = await (scope === "" ? readAll() : readGroupVersion(scope));
        tables.set(scope, table);
        return table;
      });
      runs.set(scope, run);
    }
    return run();
  }

  function known(apiVersion: string, kind: string): KindInfo | undefined {
    return tables.get(isLegacy ? apiVersion : "")?.get(kindKey(apiVersion, kind));
  }

  async function lookUp(apiVersion: string, kind: string): Promise<KindInfo | undefined> {
    const key = kindKey(apiVersion, kind);
    if (!isLegacy) {
      const found = (await refresh("")).get(key);
      if (!isLegacy) return found;
    }
    return tables.get(apiVersion)?.get(key) ?? (await refresh(apiVersion)).get(key);
  }

  return {
    async kindOf(apiVersion, kind, { signal }) {
      signal?.throwIfAborted();
      const found = known(apiVersion, kind) ?? (await unlessAborted(lookUp(apiVersion, kind), signal));
      if (found !== undefined) return found;
      throw new AppError("NOT_FOUND", `Cannot find kind ${kind} in ${apiVersion}: the API server does not serve it`, {
        details: { kindUnknown: true },
      });
    },
    forget() {
      tables.clear();
      isLegacy = false;
    },
  };
}

/** Every API server has these: whoever says that there are none is something else, and knows nothing about kinds. */
function notFoundHere(thrown: unknown): never {
  if (!(thrown instanceof AppError) || thrown.code !== "NOT_FOUND") throw thrown;
  throw new AppError("UNAVAILABLE", thrown.message, { cause: thrown });
}

/** Others may wait for the same reading, so an abort leaves it and does not end it. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  allowManyListeners(signal);
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
