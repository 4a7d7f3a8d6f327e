import type { Environment } from "../../common/domain/index.ts";
import { type MachineIdentity, trailer, treeTrailer } from "../drive/index.ts";
import type { Cancellable, Commit, GitSource, Revision, TreeEntry } from "../ports.ts";
import type { Hydration } from "./hydrator.ts";

type Files = readonly TreeEntry[];

/** How many commits of a branch are looked at for the last one that the hub copied. */
const searchedCommits = 500;

/**
 * The commit that puts the trunk's files at the environment's paths on a branch that people keep. What they changed there by hand since
 * the last time is never passed over. Equal input makes the same commit.
 */
export async function copyInto(
  { git, identity }: { readonly git: GitSource; readonly identity: MachineIdentity },
  environment: Environment,
  source: Revision,
  options: Cancellable = {},
): Promise<Hydration> {
  const { name, branch, promotion } = environment;
  const paths = promotion?.paths ?? [];
  const refused = (reason: string): Hydration => ({ kind: "refused", reason });
  const active = git.branches().get(branch);
  if (active === undefined)
    return refused(`Branch "${branch}" does not exist: make it, with the environment's own files`);
  const [present, wanted] = await Promise.all([filesOf(git, active, options), filesOf(git, source, options)]);
  if (keyOf(present, paths) === keyOf(wanted, paths)) return { kind: "same" };
  const absent = paths.find(
    (path) => !wanted.some((file) => isWithin(file, [path])) && keyOf(present, [path]) !== "[]",
  );
  if (absent !== undefined) {
    return refused(`Nothing is left of "${absent}": take it out of promotion.paths, and away from "${branch}" by hand`);
  }

  const bases = await lastCopied(git, active, source, options);
  if (bases.length === 0) return refused(`Branch "${branch}" and the trunk have no commit in common`);
  const before = await Promise.all(bases.map((base) => filesOf(git, base, options)));
  const byHand = before.map((files) => changedByHand({ before: files, present, wanted }, paths));
  const [hand] = byHand;
  if (hand !== undefined && !byHand.includes(undefined)) {
    const reason = `Branch "${branch}" was changed by hand in "${hand}": bring that into the trunk, or take it back there`;
    return refused(reason);
  }

  const commit = await git.commit(source, options);
  const message = `Promote ${source.slice(0, 12)} into ${name}: ${commit.message.split("\n")[0]}\n\n${treeTrailer}: ${source}\n`;
  const treeOf = [
    ...present.filter((file) => !isWithin(file, paths)),
    ...wanted.filter((file) => isWithin(file, paths)),
  ];
  const author = { ...identity, at: commit.author.at };
  const made = await git.makeCommit({ treeOf, parents: [active, source], author, message }, options);
  return { kind: "ready", commit: made, tree: (await git.commit(made, options)).tree, branch };
}

/** The trunk's commit whose files a branch has at the environment's paths; undefined when it has others, or none was copied. */
export async function copiedSource(
  git: GitSource,
  { promotion }: Environment,
  revision: Revision,
  options: Cancellable = {},
): Promise<Revision | undefined> {
  const log = await git.log(revision, { limit: searchedCommits, ...options });
  let source = copyIn(log);
  // A roll-back names the commit of the branch that it goes back to.
  for (let at = source; at !== undefined; at = copyIn([await git.commit(at, options)])) source = at;
  if (source === undefined) return undefined;
  const [present, copied] = await Promise.all([filesOf(git, revision, options), filesOf(git, source, options)]);
  const paths = promotion?.paths ?? [];
  return keyOf(present, paths) === keyOf(copied, paths) ? source : undefined;
}

/** Whose files the newest commit that the hub made has; `log` is newest first. */
function copyIn(log: readonly Commit[]): Revision | undefined {
  for (const commit of log) {
    const source = trailer(commit, treeTrailer);
    if (source !== undefined && /^[0-9a-f]{40}$/.test(source)) return source;
  }
  return undefined;
}

/** What the branch had at these paths when the hub last wrote them; before the first time, where it left the trunk. */
async function lastCopied(
  git: GitSource,
  active: Revision,
  source: Revision,
  options: Cancellable,
): Promise<readonly Revision[]> {
  const own = await git.log(active, { exclude: source, limit: searchedCommits, ...options });
  const copied = copyIn(own);
  if (copied !== undefined) return [copied];
  if (own.length === 0) return [active];
  const names = new Set(own.map(({ revision }) => revision));
  return [...new Set(own.flatMap(({ parents }) => parents))].filter((parent) => !names.has(parent));
}

async function filesOf(git: GitSource, revision: Revision, options: Cancellable): Promise<Files> {
  return (await git.tree(revision, "", options)).filter(({ mode }) => mode !== "tree");
}

function isWithin({ path }: TreeEntry, paths: readonly string[]): boolean {
  return paths.some((each) => path === each || path.startsWith(`${each}/`));
}

function keyOf(files: Files, paths: readonly string[]): string {
  return JSON.stringify(files.filter((file) => isWithin(file, paths)).map(({ path, oid, mode }) => [path, oid, mode]));
}

/** A file that is neither as it was nor as it is to be. */
function changedByHand(
  { before, present, wanted }: Readonly<Record<"before" | "present" | "wanted", Files>>,
  paths: readonly string[],
): string | undefined {
  const [old, now, next] = [before, present, wanted].map(
    (files) =>
      new Map(files.filter((file) => isWithin(file, paths)).map(({ path, oid, mode }) => [path, `${mode} ${oid}`])),
  );
  const all = [...new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])])];
  return all.find((path) => now?.get(path) !== old?.get(path) && now?.get(path) !== next?.get(path));
}
