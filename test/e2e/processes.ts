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

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
