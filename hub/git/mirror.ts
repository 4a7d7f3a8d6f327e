import type { RefMove, Revision } from "../ports.ts";
import type { GitObject, NewObject } from "./object.ts";

/** One bare repository on disk and the remote that it follows; what `native` and `isomorphic` each do in their own way. */
export interface Mirror {
  /** Brings branches and notes to the remote's state. A kill at any point leaves refs that point to complete history. */
  fetch(signal: AbortSignal): Promise<Refs>;
  /** What is on disk. */
  refs(): Promise<Refs>;
  /** In the order asked; undefined where there is none. Throws MirrorDamaged where it cannot be read. */
  objects(oids: readonly string[], signal?: AbortSignal): Promise<readonly (GitObject | undefined)[]>;
  /** Newest first. All revisions given exist. */
  log(revision: Revision, exclude: Revision | undefined, limit: number, signal?: AbortSignal): Promise<Revision[]>;
  isAncestor(ancestor: Revision, descendant: Revision, signal?: AbortSignal): Promise<boolean>;
  /** Writes objects; harmless for those that are there. */
  write(objects: readonly NewObject[], signal?: AbortSignal): Promise<void>;
  /**
   * All of them or none; FAILED_PRECONDITION where the server cannot promise that of several. Each `to` and its history exist
   * here; what the remote lacks of it was made by `write`.
   */
  push(moves: readonly NamedMove[], signal: AbortSignal): Promise<void>;
  /** So many packs have piled up that a fresh clone is cheaper than to go on. */
  crowded(): Promise<boolean>;
  close(): Promise<void>;
}

/** Full name → id, "refs/heads/main": the branches, and the notes if there are any. */
export type Refs = ReadonlyMap<string, Revision>;

export interface NamedMove extends RefMove {
  /** Full name. */
  readonly ref: string;
}

export const branchPrefix = "refs/heads/";
export const notesRef = "refs/notes/drover";
export const hydrationNotesRef = "refs/notes/hydrator.metadata";
export const notesRefs: readonly string[] = [notesRef, hydrationNotesRef];

/** What a mirror follows of all that a remote has. */
export function isFollowed(ref: string): boolean {
  return ref.startsWith(branchPrefix) || notesRefs.includes(ref);
}

/** Opens, or makes, the bare repository in `folder`. Leftovers of killed processes are cleared away. */
export type OpenMirror = (folder: string) => Promise<Mirror>;

/** The files on disk are not what they should be: clone afresh. Never leaves this folder. */
export class MirrorDamaged extends Error {
  override readonly name = "MirrorDamaged";
}
