import fs from "node:fs";
import { join } from "node:path";
import { MirrorDamaged, type NamedMove } from "./mirror.ts";
import { type GitObject, parseCommit, parseTree } from "./object.ts";

type ReadObjects = (oids: readonly string[]) => Promise<readonly (GitObject | undefined)[]>;

/**
 * The objects made here that pushes bring along. What comes from the remote is in packs, what is made lies alone; what `from`
 * consists of was pushed before.
 */
export function createOwnObjects(
  folder: string,
  read: ReadObjects,
): (moves: readonly NamedMove[]) => Promise<readonly GitObject[]> {
  const isOwn = (oid: string) => fs.existsSync(join(folder, "objects", oid.slice(0, 2), oid.slice(2)));

  async function reached(tips: readonly string[], known: ReadonlySet<string>, isPushed: boolean) {
    const oids = new Set(tips);
    const found: GitObject[] = [];
    for (const oid of oids) {
      if (known.has(oid) || !isOwn(oid)) continue;
      const [object] = await read([oid]);
      if (object === undefined) throw new MirrorDamaged(`object ${oid} is missing`);
      found.push(object);
      if (object.type === "tree") for (const entry of parseTree(oid, object.content)) oids.add(entry.oid);
      if (object.type !== "commit") continue;
      const { tree, parents } = parseCommit(oid, object.content);
      oids.add(tree);
      // History behind what was pushed is known through it: nothing leads there.
      if (!isPushed) for (const parent of parents) oids.add(parent);
    }
    return { oids, found };
  }

  return async (moves) => {
    const pushed = await reached(
      moves.flatMap(({ from }) => from ?? []),
      new Set(),
      true,
    );
    const { found } = await reached(
      moves.map(({ to }) => to),
      pushed.oids,
      false,
    );
    return found;
  };
}
