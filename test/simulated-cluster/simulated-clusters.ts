import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ClusterClock, realClock } from "./clock.ts";
import { type Cluster, createCluster } from "./cluster.ts";
import type { ControllerDelays } from "./controllers/context.ts";
import { serveCluster } from "./http/serve.ts";
import { kubeconfigOf } from "./kubeconfig.ts";
import { openJournal } from "./persistence.ts";

export interface SimulatedClustersOptions {
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port?: number;
  /** PEM. With it the server speaks HTTPS and asks for the token; without it, HTTP that a loopback address suffices for. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Where state and kubeconfigs live and survive a restart. A temporary folder, removed on close, when absent. */
  readonly dir?: string;
  readonly clock?: ClusterClock;
  /** Delays of the controllers; false runs none. */
  readonly controllers?: Partial<ControllerDelays> | false;
  /** Events each cluster remembers for watches. */
  readonly historyLimit?: number;
}

/** Many API servers behind one HTTP server. */
export interface SimulatedClusters {
  readonly url: string;
  /** Starts the cluster, from its saved state when there is one. */
  add(name: string): Promise<SimulatedCluster>;
  close(): Promise<void>;
}

export interface SimulatedCluster {
  readonly name: string;
  /** Path of a kubeconfig file. */
  readonly kubeconfig: string;
  /** Address of the API server, "http://127.0.0.1:8001/clusters/dev". */
  readonly server: string;
  readonly token: string;
  /** The uid of kube-system. */
  readonly uid: string;
  /** The cluster from inside: its store, objects, faults, watches and request counts. */
  readonly inside: Cluster;
  /** Cuts every watch and answers no more until `add` is called again. */
  stop(): Promise<void>;
}

interface Running {
  readonly cluster: Cluster;
  readonly handle: SimulatedCluster;
}

export async function createSimulatedClusters(options: SimulatedClustersOptions = {}): Promise<SimulatedClusters> {
  const { host = "127.0.0.1", port = 0, clock = realClock } = options;
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), "drover-clusters-")));
  const running = new Map<string, Running>();
  const known = new Set<string>();

  function serve(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? "/", "http://cluster");
    const [, name, rest] = /^\/clusters\/([^/]+)(\/.*)?$/.exec(url.pathname) ?? [];
    const found = name === undefined ? undefined : running.get(name);
    if (found !== undefined) return void serveCluster(found.cluster, rest ?? "/", url.searchParams, request, response);
    // A stopped cluster is one that cannot be reached.
    if (name !== undefined && known.has(name)) return void request.socket.destroy();
    response.writeHead(404, { "content-type": "text/plain" });
    response.end("404 no such cluster\n");
  }

  const { tls } = options;
  const keepAliveTimeout = 60_000;
  const server =
    tls === undefined
      ? createServer({ keepAliveTimeout }, serve)
      : createTlsServer({ keepAliveTimeout, key: tls.key, cert: tls.cert }, serve);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const url = `${tls === undefined ? "http" : "https"}://${host}:${(server.address() as AddressInfo).port}`;

  async function add(name: string): Promise<SimulatedCluster> {
    const already = running.get(name);
    if (already !== undefined) return already.handle;
    const home = join(dir, name);
    await mkdir(home, { recursive: true });
    const journal = options.dir === undefined ? undefined : await openJournal(home);
    const prefix = `/clusters/${name}`;
    const cluster = createCluster({
      name,
      prefix,
      token: journal?.token ?? randomBytes(16).toString("hex"),
      clock,
      historyLimit: options.historyLimit ?? 1000,
      controllers: options.controllers ?? {},
      snapshot: journal?.snapshot,
    });
    journal?.follow(cluster);
    const kubeconfig = join(home, "kubeconfig");
    await writeFile(kubeconfig, kubeconfigOf(name, { server: url + prefix, token: cluster.token, ca: tls?.cert }), {
      mode: 0o600,
    });
    const handle: SimulatedCluster = {
      name,
      kubeconfig,
      server: url + prefix,
      token: cluster.token,
      uid: cluster.uid,
      inside: cluster,
      async stop() {
        running.delete(name);
        cluster.stop();
        await journal?.close();
      },
    };
    known.add(name);
    running.set(name, { cluster, handle });
    return handle;
  }

  return {
    url,
    add,
    async close() {
      for (const { handle } of running.values()) await handle.stop();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      if (options.dir === undefined) await rm(dir, { recursive: true, force: true });
    },
  };
}
