import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { AppError } from "../../common/errors.ts";
import { lockDirectory } from "../../common/lock/index.ts";
import { inCheckout } from "../programs/index.ts";
import type { DemoPorts } from "./demo-state.ts";

const oldestNode = [20, 19] as const;

/** @throws FAILED_PRECONDITION for a Node.js on which the programs do not run */
export function checkNode(version: string): void {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  const [wantedMajor, wantedMinor] = oldestNode;
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  throw new AppError(
    "FAILED_PRECONDITION",
    `Node.js ${version} is too old: Drover needs ${wantedMajor}.${wantedMinor} or newer`,
  );
}

/** @throws FAILED_PRECONDITION when the programs have not been built */
export function checkPrograms(): void {
  const missing = ["dist/hub.js", "dist/agent.js"].filter((path) => !existsSync(inCheckout(path)));
  if (missing.length === 0) return;
  throw new AppError("FAILED_PRECONDITION", `Missing ${missing.join(" and ")}: run 'npm ci' and 'npm run build' first`);
}

/**
 * Keeps a second demo out of the folder; the lock of one that was killed is taken over.
 * @throws FAILED_PRECONDITION when one runs
 */
export async function lockDemo(root: string): Promise<() => Promise<void>> {
  const lock = await lockDirectory(root, "demo").catch((thrown: unknown) => {
    if (!(thrown instanceof AppError) || thrown.code !== "FAILED_PRECONDITION") throw thrown;
    const pid = String(thrown.details["pid"]);
    throw new AppError(
      "FAILED_PRECONDITION",
      `The demo runs in this folder already (process ${pid}): look at it with 'npx drover get environments', end it with Ctrl-C where it was started or 'kill ${pid}'`,
    );
  });
  return () => lock.release();
}

/** @throws FAILED_PRECONDITION that names the ports that other programs listen on */
export async function checkPorts(ports: DemoPorts, file: string): Promise<void> {
  for (const [what, port] of Object.entries(ports) as [keyof DemoPorts, number][]) {
    if (await isFree(port)) continue;
    throw new AppError(
      "FAILED_PRECONDITION",
      `Port ${port} (${portNames[what]}) is taken by another program: end that one, or remove ${file} and the demo takes other ports`,
    );
  }
}

const portNames: Readonly<Record<keyof DemoPorts, string>> = {
  http: "the hub's API",
  agents: "where agents connect",
  repository: "the repository",
  clusters: "the simulated clusters",
};

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}

export function portsFile(home: string): string {
  return join(home, "ports.json");
}
