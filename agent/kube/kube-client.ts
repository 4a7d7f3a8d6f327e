import { systemClock } from "../../common/async/index.ts";
import { displayRef, refOf } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { Acting, Cancellable, KindInfo, KubeClient, LiveObject } from "../ports.ts";
import { createConnectionKeeper } from "./connections.ts";
import { type CredentialsOptions, createCredentialsSource } from "./credentials.ts";
import { createDiscovery } from "./discovery.ts";
import { listAll } from "./list.ts";
import { allowManyListeners } from "./many-listeners.ts";
import { objectPath, withQuery } from "./paths.ts";
import { podLogs } from "./pod-logs.ts";
import { type ApiRequest, createTransport } from "./transport.ts";
import { watchKind } from "./watch.ts";

export interface KubeClientOptions extends CredentialsOptions {
  readonly log: Logger;
  readonly userAgent: string;
  /** How long an answer may take. 30 s by default. */
  readonly timeoutMs?: number | undefined;
  /** After how much silence a watch is taken for dead. 100 s by default: bookmarks come about once a minute. */
  readonly watchIdleMs?: number | undefined;
}

/**
 * The KubeClient port over HTTP. Sends no request by itself. `requests()` counts Kubernetes verbs (get, list, watch, patch, delete)
 * and "discovery", each attempt.
 * @throws INVALID_ARGUMENT or NOT_FOUND when the kubeconfig cannot be used, FAILED_PRECONDITION in no pod, UNAUTHENTICATED
 * when it yields no credentials
 */
export async function createKubeClient(options: KubeClientOptions): Promise<KubeClient> {
  const { log, userAgent, timeoutMs = 30_000, watchIdleMs = 100_000 } = options;
  const clock = systemClock;
  const random = Math.random;
  const credentials = createCredentialsSource(options, clock);
  await credentials.current();
  const connections = createConnectionKeeper();
  const connectionsFor = ({ route }: { route: Parameters<typeof connections.to>[0] }) => connections.to(route);
  const transport = createTransport({ credentials, connectionsFor, clock, random, log, userAgent, timeoutMs });
  const discovery = createDiscovery(transport);
  const closing = new AbortController();
  allowManyListeners(closing.signal);

  /**
   * A kind that the server has stopped serving makes everything we know about kinds doubtful. But it is unknown only when
   * discovery says so: something between us and the server, and a server that starts, answer 404 to anything.
   */
  async function known<T>(kind: KindInfo, { signal }: Cancellable, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      if (!(thrown instanceof AppError) || thrown.details["kindUnknown"] !== true) throw thrown;
      discovery.forget();
      await discovery.kindOf(kind.apiVersion, kind.kind, { signal });
      throw new AppError("UNAVAILABLE", `${thrown.message}, although the API server serves ${kind.kind}`, {
        cause: thrown,
      });
    }
  }

  async function send(kind: KindInfo, request: ApiRequest): Promise<unknown> {
    return (await known(kind, request, () => transport.send(request))).body;
  }

  async function get(
    kind: KindInfo,
    namespace: string,
    name: string,
    { signal }: Cancellable = {},
  ): Promise<LiveObject | undefined> {
    const path = objectPath(kind, namespace, name);
    try {
      return (await send(kind, {
        verb: "get",
        path,
        doing: `get ${label(kind, namespace, name)}`,
        signal,
      })) as LiveObject;
    } catch (thrown) {
      if (isMissingObject(thrown)) return undefined;
      throw thrown;
    }
  }

  /** Changes the object in this very version. */
  function change(
    kind: KindInfo,
    object: LiveObject,
    operations: readonly object[],
    options: { readonly fieldManager: string } & Acting,
  ): Promise<LiveObject> {
    const { resourceVersion } = object.metadata;
    // Replacing it asks for this very version.
    const asked = { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion };
    return patch(kind, object, [asked, ...operations], options);
  }

  async function patch(
    kind: KindInfo,
    { metadata: { name, namespace = "" } }: LiveObject,
    operations: readonly object[],
    { fieldManager, dryRun, actingAs, signal }: { readonly fieldManager: string; readonly dryRun?: "All" } & Acting,
  ): Promise<LiveObject> {
    const path = withQuery(objectPath(kind, namespace, name), { fieldManager, dryRun });
    const body = JSON.stringify(operations);
    const doing = `change ${label(kind, namespace, name)}`;
    const contentType = "application/json-patch+json";
    return (await send(kind, { verb: "patch", path, contentType, body, doing, actingAs, signal })) as LiveObject;
  }

  return {
    async version({ signal } = {}) {
      const { body } = await transport.send({
        verb: "discovery",
        path: "/version",
        doing: "ask for the server's version",
        signal,
      });
      return (body as { gitVersion: string }).gitVersion;
    },

    kindOf: (apiVersion, kind, cancellable = {}) => discovery.kindOf(apiVersion, kind, cancellable),

    get,

    async apply(kind, object, { fieldManager, force, dryRun = false, actingAs, signal }) {
      const { name, namespace = "" } = object.metadata;
      const doing = `apply ${displayRef(refOf(object))}`;
      if (kind.namespaced && namespace === "") {
        throw new AppError("INVALID_ARGUMENT", `Cannot ${doing}: it has no namespace`);
      }
      const path = withQuery(objectPath(kind, namespace, name), {
        fieldManager,
        force,
        fieldValidation: "Strict",
        dryRun: dryRun ? "All" : undefined,
      });
      // JSON is YAML, and cheaper for both sides.
      const contentType = "application/apply-patch+yaml";
      const body = JSON.stringify(object);
      return (await send(kind, { verb: "patch", path, contentType, body, doing, actingAs, signal })) as LiveObject;
    },

    removeFields(kind, object, fields, options) {
      const operations = fields.map((field) => ({
        op: "remove",
        path: pointer(field),
      }));
      return change(kind, object, operations, options);
    },

    dryRunWith(kind, object, parts, options) {
      const operations = parts.map(({ path, value }) =>
        value === undefined ? { op: "remove", path: pointer(path) } : { op: "add", path: pointer(path), value },
      );
      return patch(kind, object, operations, { ...options, dryRun: "All" });
    },

    setManagers: (kind, object, managers, options) =>
      change(kind, object, [{ op: "replace", path: "/metadata/managedFields", value: managers }], options),

    async delete(kind, namespace, name, { uid, resourceVersion, dryRun = false, actingAs, signal }) {
      const body = JSON.stringify({
        apiVersion: "v1",
        kind: "DeleteOptions",
        propagationPolicy: "Background",
        ...(uid === undefined ? {} : { preconditions: { uid, resourceVersion } }),
        ...(dryRun ? { dryRun: ["All"] } : {}),
      });
      const path = objectPath(kind, namespace, name);
      const doing = `delete ${label(kind, namespace, name)}`;
      try {
        await send(kind, { verb: "delete", path, contentType: "application/json", body, doing, actingAs, signal });
        return "deleted";
      } catch (thrown) {
        if (isMissingObject(thrown)) return "gone";
        // Conflicts of several kinds look alike, so what is there now decides.
        if (uid !== undefined && isConflict(thrown)) {
          const live = await get(kind, namespace, name, { signal });
          if (live?.metadata.uid !== uid) return "gone";
        }
        throw thrown;
      }
    },

    async list(kind, selection) {
      return (await known(kind, selection, () => listAll(transport, kind, selection))).objects;
    },

    logs: (namespace, pod, options) => podLogs(transport, namespace, pod, options),

    watch(kind, selection) {
      const signal =
        selection.signal === undefined ? closing.signal : AbortSignal.any([closing.signal, selection.signal]);
      return watchKind({ transport, clock, random, log, idleMs: watchIdleMs }, kind, { ...selection, signal });
    },

    forgetKinds: () => discovery.forget(),
    requests: () => transport.requests(),

    async close() {
      closing.abort();
      await connections.close();
    },
  };
}

function label(kind: KindInfo, namespace: string, name: string): string {
  return displayRef({ group: "", kind: kind.kind, namespace, name });
}

/** As a JSON pointer. */
function pointer(path: readonly string[]): string {
  return path.map((step) => `/${step.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

function isConflict(thrown: unknown): boolean {
  return thrown instanceof AppError && thrown.code === "ABORTED";
}

function isMissingObject(thrown: unknown): boolean {
  return thrown instanceof AppError && thrown.code === "NOT_FOUND" && thrown.details["kindUnknown"] !== true;
}
