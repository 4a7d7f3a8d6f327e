import { AppError } from "../../common/errors.ts";
import type { GitNotes, RefMove, Revision, TreeEntry } from "../ports.ts";
import type { Mirror } from "./mirror.ts";
import { encodeCommit, encodeTree, type NewObject, newObject, parseCommit } from "./object.ts";
import type { TreeReader } from "./tree-reader.ts";

export interface NotesDependencies {
  readonly trees: TreeReader;
  readonly mirror: () => Mirror;
  readonly tip: () => Revision | undefined;
  readonly reading: <T>(doing: string, signal: AbortSignal | undefined, work: () => Promise<T>) => Promise<T>;
  readonly push: (move: RefMove, signal: AbortSignal | undefined) => Promise<void>;
}

/**
 * Git notes: a tree with a file for each commit, named after it. Git itself spreads them over folders named after the first
 * digits when they become many, one or more levels deep; all of that is read, and what is new goes one level deep.
 */
export function createNotes({ trees, mirror, tip, reading, push }: NotesDependencies): GitNotes {
  async function treeOf(commit: Revision, signal: AbortSignal | undefined): Promise<string> {
    const [object] = await mirror().objects([commit], signal);
    if (object?.type === "commit") return parseCommit(commit, object.content).tree;
    throw new AppError("NOT_FOUND", `Cannot read notes ${commit}: there is no such commit`);
  }

  const entriesOf = (tree: string, signal: AbortSignal | undefined) => trees.direct(mirror(), [tree], signal);

  async function find(tree: string, name: string, signal: AbortSignal | undefined): Promise<string | undefined> {
    const entries = (await entriesOf(tree, signal)).get(tree) ?? [];
    const found = entries.find(({ path, mode }) => path === name && mode !== "tree");
    if (found !== undefined) return found.oid;
    const folder = folderOf(entries, name);
    return folder === undefined ? undefined : find(folder.oid, name.slice(folder.path.length), signal);
  }

  /** The tree with `blob` under `name`, where git would look for it. */
  async function put(
    tree: string | undefined,
    name: string,
    blob: string,
    write: (object: NewObject) => Promise<string>,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    const entries = tree === undefined ? [] : ((await entriesOf(tree, signal)).get(tree) ?? []);
    const isFlat = entries.some(({ path, mode }) => path === name && mode !== "tree");
    const folder = isFlat ? undefined : folderOf(entries, name);
    const start = folder?.path ?? name.slice(0, 2);
    const isDeeper = !isFlat && (folder !== undefined || name.length === 40);
    const entry: TreeEntry = isDeeper
      ? { path: start, mode: "tree", oid: await put(folder?.oid, name.slice(start.length), blob, write, signal) }
      : { path: name, mode: "file", oid: blob };
    return write(encodeTree([...entries.filter(({ path }) => path !== entry.path), entry]));
  }

  return {
    tip,
    read: (at, revisions, { signal } = {}) =>
      reading("Cannot read notes", signal, async () => {
        const tree = await treeOf(at, signal);
        const oids = await Promise.all(revisions.map((revision) => find(tree, revision, signal)));
        const wanted = [...new Set(oids.filter((oid) => oid !== undefined))];
        const objects = await mirror().objects(wanted, signal);
        const texts = new Map(wanted.map((oid, index) => [oid, objects[index]?.content.toString("utf8")]));
        return oids.map((oid) => (oid === undefined ? undefined : texts.get(oid)));
      }),
    make: ({ on, texts, author, message }, { signal } = {}) =>
      reading("Cannot make notes", signal, async () => {
        const write = async (object: NewObject) => {
          await mirror().write([object], signal);
          return object.oid;
        };
        let tree = on === undefined ? undefined : await treeOf(on, signal);
        for (const [revision, text] of texts) {
          const blob = await write(newObject("blob", Buffer.from(text)));
          tree = await put(tree, revision, blob, write, signal);
        }
        tree ??= await write(encodeTree([]));
        return write(encodeCommit(tree, { parents: on === undefined ? [] : [on], author, message }));
      }),
    push: (move, { signal } = {}) => reading("Cannot push notes", signal, () => push(move, signal)),
  };
}

function folderOf(entries: readonly TreeEntry[], name: string): TreeEntry | undefined {
  return entries.find(({ path, mode }) => mode === "tree" && path.length < name.length && name.startsWith(path));
}
