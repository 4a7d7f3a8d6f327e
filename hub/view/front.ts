import { createServer as createHttp, type Server as HttpServer, type RequestListener } from "node:http";
import { createServer as createHttps, type Server as HttpsServer } from "node:https";
import { createServer, type Server, type Socket } from "node:net";
import { AppError } from "../../common/errors.ts";
import { bodyOf } from "./errors.ts";

export interface FrontOptions {
  readonly handler: RequestListener;
  /** PEM; called again for each connection, so that a renewed certificate is used at once. */
  readonly tls: () => { readonly key: string; readonly cert: string };
  /** Whether plain HTTP may be spoken from this address; 426 to all others. */
  readonly allowsPlain: (remoteAddress: string | undefined) => boolean;
  /** How long a client may take for its first byte, its TLS handshake and the head of a request. */
  readonly patienceMs?: number;
}

export interface Front {
  listen(host: string, port: number): Promise<{ readonly host: string; readonly port: number }>;
  close(): Promise<void>;
}

const tlsHandshake = 0x16;
const keepAliveProbeMs = 30_000;
const minVersion = "TLSv1.2";

/**
 * HTTPS and HTTP on one port, told apart by the first byte. Agents enrol over HTTPS, pinned by their token; plain HTTP is
 * for people and scripts on the same machine.
 */
export function createFront({ handler, tls, allowsPlain, patienceMs = 10_000 }: FrontOptions): Front {
  const limits = { headersTimeout: patienceMs, connectionsCheckingInterval: Math.min(patienceMs, 5_000) };
  let served = tls();
  const plain: HttpServer = createHttp(limits, handler);
  const refusing: HttpServer = createHttp(limits, refuse);
  const secure: HttpsServer = createHttps({ ...served, ...limits, minVersion, handshakeTimeout: patienceMs }, handler);
  // None of them listens by itself; this is the event at which Node begins to look for requests that never end.
  for (const each of [plain, refusing, secure]) each.emit("listening");
  const sockets = new Set<Socket>();

  function route(socket: Socket): void {
    const first = socket.read(1) as Buffer | null;
    // Woken without data: by the end, or too early.
    if (first === null) {
      if (!socket.readableEnded) socket.once("readable", () => route(socket));
      return;
    }
    socket.setTimeout(0);
    socket.removeAllListeners("timeout");
    socket.unshift(first);
    if (first[0] === tlsHandshake) {
      const renewed = tls();
      if (renewed.cert !== served.cert) {
        served = renewed;
        secure.setSecureContext({ ...served, minVersion });
      }
      secure.emit("connection", socket);
    } else (allowsPlain(socket.remoteAddress) ? plain : refusing).emit("connection", socket);
  }

  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    // A client that vanished without a word is noticed.
    socket.setKeepAlive(true, keepAliveProbeMs);
    socket.setTimeout(patienceMs, () => socket.destroy());
    socket.once("readable", () => route(socket));
  });

  return {
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, host, () => {
          server.off("error", reject);
          const address = server.address();
          resolve({ host, port: typeof address === "object" && address !== null ? address.port : port });
        });
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const each of [plain, refusing, secure]) each.close();
        for (const socket of sockets) socket.destroy();
      }),
  };
}

const refuse: RequestListener = (_request, response) => {
  const error = new AppError(
    "FAILED_PRECONDITION",
    "Plain HTTP is served to this machine only: use https, or start the hub with --insecure-http behind a proxy that ends TLS",
  );
  response.writeHead(426, {
    "content-type": "application/json; charset=utf-8",
    connection: "close",
    upgrade: "TLS/1.2",
  });
  response.end(JSON.stringify(bodyOf(error)));
};
