import type { ConnectionOptions } from "node:tls";
import type { DispatcherOptions } from "@kubernetes/client-node/dist/config.js";
import { Agent, type buildConnector, type Dispatcher, ProxyAgent, Socks5ProxyAgent } from "undici";

/** Requests in flight beyond this wait their turn. With fewer an apply of 1,000 objects is slower, with more it is not faster. */
const requestConnections = 16;
/** Less than the API server's 90 s and a cloud balancer's 60 s, or we write into connections that are closing. */
const keepAliveMs = 45_000;
const connectTimeoutMs = 10_000;

/** Requests and watches have connections of their own, so that no burst of one delays the other. */
export interface Connections {
  readonly requests: Dispatcher;
  readonly watches: Dispatcher;
}

export interface ConnectionKeeper {
  /** The same ones as long as TLS and proxy settings stay equal; cheap for settings seen last. */
  to(route: DispatcherOptions): Connections;
  /** Ends everything in flight. */
  close(): Promise<void>;
}

export function createConnectionKeeper(): ConnectionKeeper {
  let current: { route: DispatcherOptions; readonly key: string; readonly connections: Connections } | undefined;
  const open = new Set<Dispatcher>();

  /** A client certificate was rotated: what is in flight ends in peace, new requests use the new one. */
  function retire({ requests, watches }: Connections): void {
    for (const dispatcher of [requests, watches]) {
      dispatcher
        .close()
        .catch(() => {})
        .finally(() => open.delete(dispatcher));
    }
  }

  return {
    to(route) {
      if (current?.route === route) return current.connections;
      const key = JSON.stringify(route);
      if (current?.key === key) {
        current.route = route;
        return current.connections;
      }
      if (current !== undefined) retire(current.connections);
      const connections = { requests: dispatcherFor(route, requestConnections), watches: dispatcherFor(route, null) };
      open.add(connections.requests).add(connections.watches);
      current = { route, key, connections };
      return connections;
    },
    async close() {
      await Promise.all([...open].map((dispatcher) => dispatcher.destroy()));
      open.clear();
    },
  };
}

function dispatcherFor(route: DispatcherOptions, connections: number | null): Dispatcher {
  const settings = { connections, pipelining: 1, keepAliveTimeout: keepAliveMs, keepAliveMaxTimeout: keepAliveMs };
  switch (route.type) {
    case "proxy":
      return new ProxyAgent({ ...settings, uri: route.uri, requestTls: connectOptions(route.requestTls) });
    case "socks": {
      const options = { ...settings, requestTls: route.requestTls };
      return new Socks5ProxyAgent(route.uri, options);
    }
    case "agent":
      return new Agent({ ...settings, connect: connectOptions(route.connect) });
    case "none":
      return new Agent({ ...settings, connect: { timeout: connectTimeoutMs } });
  }
}

function connectOptions(options: ConnectionOptions): buildConnector.BuildOptions {
  return { ...options, timeout: connectTimeoutMs } as buildConnector.BuildOptions;
}
