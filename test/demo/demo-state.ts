import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../programs/index.ts";

/** Ports of a demo, the same at each start so that clones and bookmarks stay good. */
export interface DemoPorts {
  readonly http: number;
  readonly agents: number;
  readonly repository: number;
  readonly clusters: number;
}

export async function demoPorts(folder: string): Promise<DemoPorts> {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "ports.json");
  try {
    return JSON.parse(readFileSync(file, "utf8")) as DemoPorts;
  } catch {
    const ports = {
      http: await freePort(),
      agents: await freePort(),
      repository: await freePort(),
      clusters: await freePort(),
    };
    writeFileSync(file, `${JSON.stringify(ports)}\n`);
    return ports;
  }
}
