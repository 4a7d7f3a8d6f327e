import { createServer as createHttp, type Server as HttpServer, type RequestListener } from "node:http";
import { createServer as createHttps, type Server as HttpsServer } from "node:https";
import { createServer, type Server, type Socket } from "node:net";

export interface FrontOptions {
  readonly handler: RequestListener;
  /** PEM; called again for each connection, so that a renewed certificate is used at once. */
  readonly tls: () => { readonly key: string; readonly cert: string };
  /** Serve plain HTTP to others than this machine: only behind a proxy that ends TLS. */
  readonly plainFromAnywhere: boolean;
}

export interface Front {
  listen(host: string, port: number): Promise<{ readonly host: string; readonly port: number }>;
  close(): Promise<void>;
}

const tlsHandshake = 0x16;
/** A client that connects and stays silent is dropped after this. */
const firstByteMs = 10_000;

/**
 * HTTPS and HTTP on one port, told apart by the first byte. Agents enrol over HTTPS, pinned by their token; plain HTTP is
 * for people and scripts on the same machine.
 */
export function createFront(options: FrontOptions): Front {
  const plain: HttpServer = createHttp(options.handler);
  let served = options.tls();
  const secure: HttpsServer = createHttps({ ...served, minVersion: "TLSv1.2" }, options.handler);
  const refusing: HttpServer = createHttp((_request, response) => {
    response.writeHead(426, { "content-type": "text/plain", connection: "close" });
    response.end(
      "Plain HTTP is served to this machine only: use https, or start the hub with --insecure-http behind a proxy that ends TLS\n",
    );
  });
  const sockets = new Set<Socket>();

  function route(socket: Socket): void {
    const first = socket.read(1) as Buffer | null;
    // Woken without data: by the end, or too early.
    if (first === null) {
      if (!socket.readableEnded) socket.once("readable", () => route(socket));
      return;
    }
    socket.setTimeout(0);
    socket.unshift(first);
    if (first[0] === tlsHandshake) {
      const renewed = options.tls();
      if (renewed.cert !== served.cert) {
        served = renewed;
        secure.setSecureContext({ ...served, minVersion: "TLSv1.2" });
      }
      secure.emit("connection", socket);
    } else if (options.plainFromAnywhere || isLoopback(socket.remoteAddress)) plain.emit("connection", socket);
    else refusing.emit("connection", socket);
  }

  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.setTimeout(firstByteMs, () => socket.destroy());
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
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false;
  return address === "::1" || /^(::ffff:)?127[.]/.test(address);
}
