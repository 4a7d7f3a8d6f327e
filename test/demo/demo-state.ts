import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { freePort } from "../programs/index.ts";

/** Ports of a demo, the same at each start so that clones and bookmarks stay good. */
export interface DemoPorts {
  readonly http: number;
  readonly agents: number;
  readonly repository: number;
  readonly clusters: number;
}

const names = ["http", "agents", "repository", "clusters"] as const;

/** Those that `file` remembers, else new ones. */
export async function demoPorts(file: string): Promise<DemoPorts> {
  const known = readPorts(file);
  const ports = {
    http: known["http"] ?? (await freePort()),
    agents: known["agents"] ?? (await freePort()),
    repository: known["repository"] ?? (await freePort()),
    clusters: known["clusters"] ?? (await freePort()),
  };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(ports)}\n`);
  return ports;
}

function readPorts(file: string): Partial<Record<(typeof names)[number], number>> {
  try {
    const known = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    return Object.fromEntries(names.flatMap((name) => (Number.isInteger(known[name]) ? [[name, known[name]]] : [])));
  } catch {
    return {};
  }
}
