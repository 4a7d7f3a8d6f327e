import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Manifest } from "../../common/domain/index.ts";

/** A Kubernetes API server under test, real or simulated, seen as its administrator. */
export interface ClusterHandle {
  /** Path of a kubeconfig with full rights. */
  readonly kubeconfig: string;
  /** A request as any other user of the API would send it: edits by hand, other managers, set-up. */
  raw(method: string, path: string, body?: unknown, contentType?: string): Promise<RawResponse>;
  /** Makes every resourceVersion that was handed out before too old to watch from, the way etcd's compaction does. The suite needs it. */
  compact?(): Promise<void>;
  stop(): Promise<void>;
}

export interface RawResponse {
  readonly status: number;
  readonly body: unknown;
}

export type MakeCluster = () => Promise<ClusterHandle>;

/** A TCP proxy between client and cluster: what a network does to connections, on demand. */
export interface Wire {
  /** Leads to the same cluster, through the proxy. */
  readonly kubeconfig: string;
  /** Resets all connections; new ones are served. */
  cutConnections(): void;
  /** Resets all connections and refuses new ones until `heal`. */
  sever(): void;
  heal(): void;
  /** Connections opened since start. */
  opened(): number;
  stop(): Promise<void>;
}

export async function createWire(kubeconfig: string): Promise<Wire> {
  const text = await readFile(kubeconfig, "utf8");
  const server = /"?server"?:\s*"?(https?:\/\/[^\s",]+)/.exec(text)?.[1];
  if (server === undefined) throw new Error(`No server in ${kubeconfig}`);
  const { hostname, port, protocol } = new URL(server);
  const sockets = new Set<Socket>();
  let severed = false;
  let opened = 0;

  const proxy = createServer((near) => {
    opened++;
    if (severed) return void near.resetAndDestroy();
    const far = connect({ host: hostname, port: Number(port) });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const folder = await mkdtemp(join(tmpdir(), "drover-wire-"));
  const path = join(folder, "kubeconfig");
  const { port: ownPort } = proxy.address() as AddressInfo;
  await writeFile(path, text.replaceAll(new URL(server).origin, `${protocol}//127.0.0.1:${ownPort}`));

  function cutConnections(): void {
    for (const socket of sockets) socket.resetAndDestroy();
  }

  return {
    kubeconfig: path,
    cutConnections,
    sever() {
      severed = true;
      cutConnections();
    },
    heal() {
      severed = false;
    },
    opened: () => opened,
    async stop() {
      const closed = new Promise((resolve) => proxy.close(resolve));
      cutConnections();
      await closed;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** "kc-3f9a2c…": never met before in this cluster. */
export function uniqueName(prefix = "kc"): string {
  return `${prefix}-${randomBytes(5).toString("hex")}`;
}

/** A new namespace; its name. Nothing is cleaned up: names are unique and clusters are thrown away. */
export async function createNamespace(cluster: ClusterHandle): Promise<string> {
  const name = uniqueName();
  const answer = await cluster.raw("POST", "/api/v1/namespaces", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name },
  });
  if (answer.status !== 201) throw new Error(`Cannot create namespace "${name}": ${JSON.stringify(answer)}`);
  return name;
}

export function configMap(
  namespace: string,
  name: string,
  data: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>> = {},
): Manifest {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace, labels }, data };
}

/** A CRD with one version "v1" and a free-form `spec`. */
export function customResourceDefinition(group: string, kind: string, plural: string): Manifest {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind, plural, singular: kind.toLowerCase() },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: "object",
              properties: { spec: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
            },
          },
        },
      ],
    },
  };
}
