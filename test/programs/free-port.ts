import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/**
 * A port on 127.0.0.1 that nothing listens on. Below the range from which the system serves `listen(0)` and outgoing
 * connections, so that a server which goes away for a moment finds its port free when it returns.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_240, 32_768);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}
