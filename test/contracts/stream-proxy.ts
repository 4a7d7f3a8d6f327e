import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A TCP proxy that can cut or stall what flows from the hub to the agent. */
export interface CuttableProxy {
  /** HOST:PORT. */
  readonly address: string;
  /** Cuts every connection once, after so many bytes to the agent. */
  cutAfterBytes(bytes: number): void;
  /** Cuts every connection now. */
  cut(): void;
  /** Passes nothing more to the agent after so many bytes. */
  stallAfterBytes(bytes: number): void;
  bytesToAgent(): number;
  cuts(): number;
  close(): Promise<void>;
}

export async function startCuttableProxy(target: string): Promise<CuttableProxy> {
  const [host = "", port] = target.split(":");
  const sockets = new Set<Socket>();
  let bytes = 0;
  let cutAt = Number.POSITIVE_INFINITY;
  let stallAt = Number.POSITIVE_INFINITY;
  let cuts = 0;

  const server = createServer((agent) => {
    const hub = connect(Number(port), host);
    for (const socket of [agent, hub]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        agent.destroy();
        hub.destroy();
      });
    }
    agent.on("data", (data) => hub.write(data));
    hub.on("data", (data) => {
      bytes += data.length;
      if (bytes > cutAt) {
        cutAt = Number.POSITIVE_INFINITY;
        cuts += 1;
        agent.destroy();
        return;
      }
      agent.write(data);
      if (bytes > stallAt) hub.pause();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    cutAfterBytes(limit) {
      cutAt = limit;
    },
    cut() {
      cuts += 1;
      for (const socket of sockets) socket.destroy();
    },
    stallAfterBytes(limit) {
      stallAt = limit;
    },
    bytesToAgent: () => bytes,
    cuts: () => cuts,
    async close() {
      await new Promise((resolve) => {
        server.close(resolve);
        for (const socket of sockets) socket.destroy();
      });
    },
  };
}
