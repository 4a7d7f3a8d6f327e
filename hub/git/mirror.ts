import type { Branches, Revision } from "../ports.ts";
import type { GitObject, NewObject } from "./object.ts";

/** One bare repository on disk and the remote that it follows; what `native` and `isomorphic` each do in their own way. */
export interface Mirror {
  /** Brings refs/heads to the remote's state. A kill at any point leaves refs that point to complete history. */
  fetch(signal: AbortSignal): Promise<Branches>;
  /** What is on disk. */
  branches(): Promise<Branches>;
  /** In the order asked; undefined where there is none. Throws MirrorDamaged where it cannot be read. */
  objects(oids: readonly string[], signal?: AbortSignal): Promise<readonly (GitObject | undefined)[]>;
  /** Newest first. All revisions given exist. */
  log(revision: Revision, exclude: Revision | undefined, limit: number, signal?: AbortSignal): Promise<Revision[]>;
  isAncestor(ancestor: Revision, descendant: Revision, signal?: AbortSignal): Promise<boolean>;
  /** Writes a commit object; harmless if it is there. */
  writeCommit(commit: NewObject, signal?: AbortSignal): Promise<void>;
  /** `to` and its history exist here; what the remote lacks of it was made by `writeCommit`. */
  push(branch: string, from: Revision | undefined, to: Revision, signal: AbortSignal): Promise<void>;
  /** So many packs have piled up that a fresh clone is cheaper than to go on. */
  crowded(): Promise<boolean>;
  close(): Promise<void>;
}

/** Opens, or makes, the bare repository in `folder`. Leftovers of killed processes are cleared away. */
export type OpenMirror = (folder: string) => Promise<Mirror>;

/** The files on disk are not what they should be: clone afresh. Never leaves this folder. */
export class MirrorDamaged extends Error {
  override readonly name = "MirrorDamaged";
}
