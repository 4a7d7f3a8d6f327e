import { readFileSync } from "node:fs";
import { run } from "../programs/index.ts";

/** Process ids of everything that `pid` started, directly or not, with the command of each. */
export async function descendantsOf(pid: number): Promise<ReadonlyMap<number, string>> {
  const table = (await run("ps", ["-A", "-o", "pid=,ppid=,args="])).split("\n").flatMap((line) => {
    const [, id, parent, command = ""] = /^ *(\d+) +(\d+) (.*)$/.exec(line) ?? [];
    return id === undefined ? [] : [{ id: Number(id), parent: Number(parent), command }];
  });
  const found = new Map<number, string>();
  let parents = new Set([pid]);
  while (parents.size > 0) {
    const children = table.filter(({ parent }) => parents.has(parent));
    for (const { id, command } of children) found.set(id, command);
    parents = new Set(children.map(({ id }) => id));
  }
  return found;
}

/** Not one that has ended and whose parent has not looked yet, which may be never in a container. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")")).split(" ")[1] !== "Z";
  } catch {
    return false;
  }
}
