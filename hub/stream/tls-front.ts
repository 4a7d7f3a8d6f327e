import type { AddressInfo, Socket } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import { AppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import { hungUp, refusalOfClient, refusalOfHandshake } from "./refusals.ts";

/** What the agent port presents, and whom it trusts; PEM. */
export interface ServerTls {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}

/** The hub's certificate over time; implemented by hub/identity. */
export interface ServerTlsSource {
  serverTls(): ServerTls;
  /** Called with each later one; returns the function that unsubscribes. */
  onServerTls(listener: (tls: ServerTls) => void): () => void;
}

export interface TlsFront {
  readonly address: AddressInfo;
  /** Cuts the connection from "HOST:PORT" (as gRPC names a peer) now. */
  cut(peer: string): void;
  /** Resolves when no client is connected any more, and after `patienceMs` at the latest. */
  emptied(patienceMs: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * TLS in front of the gRPC server, which would hide why a handshake failed. Only verified clients that speak HTTP/2 get through;
 * every other one is cut and named in the log with its address and the reason.
 */
export async function openTlsFront(options: {
  readonly host: string;
  readonly port: number;
  readonly tls: ServerTlsSource;
  readonly log: Logger;
  readonly accept: (socket: TLSSocket) => void;
}): Promise<TlsFront> {
  const { host, port, tls, log, accept } = options;
  const raw = new Set<Socket>();
  const handshaking = new Set<string>();
  const accepted = new Map<string, TLSSocket>();
  let isEmpty = () => {};

  const server = createServer({
    ...tls.serverTls(),
    minVersion: "TLSv1.3",
    requestCert: true,
    // Node would cut an unverified client without a word; `secureConnection` does it with the reason.
    rejectUnauthorized: false,
    ALPNProtocols: ["h2"],
    handshakeTimeout: 10_000,
  });

  const refuse = (remote: string, reason: string) =>
    log.warn({ remote, reason }, "Refused a connection on the agent port");

  server.prependListener("connection", (socket: Socket) => {
    const remote = remoteOf(socket);
    raw.add(socket);
    handshaking.add(remote);
    socket.once("close", () => {
      raw.delete(socket);
      // Who says nothing at all is a port probe.
      if (handshaking.delete(remote) && socket.bytesRead > 0) refuse(remote, hungUp);
    });
  });
  server.on("tlsClientError", (error, socket) => {
    const reason = refusalOfHandshake(error);
    if (reason === undefined) return;
    const remote = remoteOf(socket);
    handshaking.delete(remote);
    refuse(remote, reason);
  });
  server.on("secureConnection", (socket) => {
    // After this nobody else listens; an error ends the connection and 'close' follows.
    socket.on("error", () => undefined);
    const remote = remoteOf(socket);
    handshaking.delete(remote);
    const reason = refusalOfClient(socket);
    if (reason !== undefined) {
      refuse(remote, reason);
      socket.destroy();
      return;
    }
    accepted.set(remote, socket);
    socket.once("close", () => {
      accepted.delete(remote);
      if (accepted.size === 0) isEmpty();
    });
    accept(socket);
  });

  const unsubscribe = tls.onServerTls((next) => server.setSecureContext({ ...next, minVersion: "TLSv1.3" }));
  await new Promise<void>((resolve, reject) => {
    server.once("error", (thrown) =>
      reject(new AppError("FAILED_PRECONDITION", `Cannot listen for agents on ${host}:${port}: ${thrown.message}`)),
    );
    server.listen(port, host, resolve);
  });
  server.on("error", (thrown) => log.error({ reason: thrown.message }, "Agent port failed"));

  return {
    address: server.address() as AddressInfo,
    cut: (peer) => accepted.get(peer)?.destroy(),
    async emptied(patienceMs) {
      if (accepted.size === 0) return;
      await new Promise<void>((resolve) => {
        const late = setTimeout(resolve, patienceMs);
        isEmpty = () => {
          clearTimeout(late);
          resolve();
        };
      });
    },
    async close() {
      unsubscribe();
      await new Promise((resolve) => {
        server.close(resolve);
        for (const socket of raw) socket.destroy();
      });
    },
  };
}

/** As grpc-js writes it, so that `cut` finds it. */
function remoteOf({ remoteAddress, remotePort }: Socket): string {
  return remoteAddress === undefined ? "unknown" : `${remoteAddress}:${remotePort}`;
}
