import { Agent, request } from "undici";
import type { ControlPlane } from "../controlplane/index.ts";

/** The floor: an API server and nothing between it and us but keep-alive connections. */
export interface RawApi {
  /** Server-side apply of objects in the namespace default, `inFlight` at a time. Resolves with the milliseconds it took. */
  applyAll(objects: readonly RawObject[], inFlight: number, answered?: (name: string) => void): Promise<number>;
  deleteAll(labelSelector: string): Promise<void>;
  /** Calls `seen` for each ConfigMap, or object of another collection, that is added or changed, until stopped. */
  watch<T = ConfigMap>(seen: (object: T) => void, path?: string): Promise<{ stop(): void }>;
  close(): Promise<void>;
}

export interface RawObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

export interface ConfigMap {
  readonly apiVersion: "v1";
  readonly kind: "ConfigMap";
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly data: Readonly<Record<string, string>>;
}

const collections: Readonly<Record<string, string>> = {
  ConfigMap: "/api/v1/namespaces/default/configmaps",
  ServiceAccount: "/api/v1/namespaces/default/serviceaccounts",
  Service: "/api/v1/namespaces/default/services",
  Deployment: "/apis/apps/v1/namespaces/default/deployments",
  Ingress: "/apis/networking.k8s.io/v1/namespaces/default/ingresses",
};
const configMaps = collections["ConfigMap"] ?? "";

export function createRawApi(plane: ControlPlane): RawApi {
  const dispatcher = new Agent({ connect: { ca: plane.ca }, connections: 16, keepAliveTimeout: 60_000 });
  const headers = { authorization: `Bearer ${plane.token}` };

  async function apply(object: RawObject): Promise<void> {
    const { name } = object.metadata;
    const { statusCode, body } = await request(
      `${plane.server}${collections[object.kind]}/${name}?fieldManager=floor&force=true&fieldValidation=Strict`,
      {
        method: "PATCH",
        dispatcher,
        headers: { ...headers, "content-type": "application/apply-patch+yaml" },
        body: JSON.stringify(object),
      },
    );
    const text = await body.text();
    if (statusCode >= 300) throw new Error(`PATCH ${name}: ${statusCode} ${text}`);
  }

  return {
    async applyAll(objects, inFlight, answered) {
      const waiting = [...objects];
      const started = performance.now();
      await Promise.all(
        Array.from({ length: inFlight }, async () => {
          for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
            await apply(next);
            answered?.(next.metadata.name);
          }
        }),
      );
      return performance.now() - started;
    },
    async deleteAll(labelSelector) {
      const { body } = await request(
        `${plane.server}${configMaps}?labelSelector=${encodeURIComponent(labelSelector)}`,
        { method: "DELETE", dispatcher, headers },
      );
      await body.dump();
    },
    async watch<T = ConfigMap>(seen: (object: T) => void, path = configMaps) {
      const stop = new AbortController();
      const { body } = await request(`${plane.server}${path}?watch=true`, {
        dispatcher,
        headers,
        signal: stop.signal,
        bodyTimeout: 0,
      });
      void (async () => {
        let rest = "";
        for await (const chunk of body.setEncoding("utf8") as AsyncIterable<string>) {
          const lines = (rest + chunk).split("\n");
          rest = lines.pop() ?? "";
          for (const line of lines) seen((JSON.parse(line) as { object: T }).object);
        }
      })().catch(() => undefined);
      return { stop: () => stop.abort() };
    },
    close: () => dispatcher.destroy(),
  };
}
