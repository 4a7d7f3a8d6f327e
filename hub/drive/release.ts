import { createHash } from "node:crypto";
import type { Commit, Revision } from "../ports.ts";
import type { Release, ReleaseKey } from "../rollout/index.ts";

/** Trailers of the commits that the hub makes. */
export const revertsTrailer = "Drover-Reverts";
export const treeTrailer = "Drover-Tree-Of";
export const actorTrailer = "Drover-Actor";
export const reasonTrailer = "Drover-Reason";
/** On whose branch it was made: promoted further, it means nothing to the others. */
export const environmentTrailer = "Drover-Environment";

/** A commit that reached the branch, and the hold that it asks for. */
export interface Arrival {
  readonly release: Release;
  readonly hold: ArrivalHold | undefined;
  /** What is quarantined and has the same files. */
  readonly sameAs?: readonly ReleaseKey[];
}

export interface ArrivalHold {
  readonly actor: string;
  readonly reason: string;
  /** What it takes back, where a person did that. */
  readonly of?: Revision | undefined;
}

/**
 * Whoever rolls back by hand holds the environment too; it stands in the commit, so that no crash comes between. What the hub takes
 * back itself is held by its rollout: `isRemembered` says that there still is one that knows. `isByItself`: automation promoted it, perhaps
 * while somebody set a hold: it does not lift that.
 */
export function arrivalOf(
  commit: Commit,
  key: ReleaseKey,
  environment: string,
  at: number,
  { isRemembered, isByItself }: { readonly isRemembered: boolean; readonly isByItself: boolean },
): Arrival {
  const own = releaseOf(commit, key, environment, at);
  const release = isByItself ? { ...own, manual: false } : own;
  const actor = trailer(commit, actorTrailer);
  if ((trailer(commit, environmentTrailer) ?? environment) !== environment) return { release, hold: undefined };
  const bad = trailer(commit, revertsTrailer);
  if (bad !== undefined && !isRemembered) {
    return {
      release,
      hold: { actor: "drover", reason: `${bad.slice(0, 8)} was rolled back: ${takenBackBecause(commit)}` },
    };
  }
  if (actor === undefined) return { release, hold: undefined };
  return { release, hold: { actor, reason: rolledBackBecause(commit, actor), of: commit.parents[0] } };
}

/** "rolled back by ann: too blue" */
export function rolledBackBecause(commit: Pick<Commit, "message">, actor: string): string {
  const reason = trailer(commit, reasonTrailer);
  return `rolled back by ${actor}${reason === undefined ? "" : `: ${reason}`}`;
}

/** The commit is there already, and fleet.yaml says something else of the environment: its author is who changed that. */
export function settingsArrival(trunk: Commit | undefined, key: ReleaseKey, environment: string, at: number): Arrival {
  const authors = trunk === undefined ? [] : [trunk.author.name, trunk.author.email];
  // Nobody chose it for this environment: a hold stays.
  return { release: { ...named(key, environment, at), authors, manual: false, revertOf: undefined }, hold: undefined };
}

/** What a commit that reached the environment's branch says about itself. `at`: tells two arrivals of one commit apart. */
export function releaseOf(commit: Commit, key: ReleaseKey, environment: string, at: number): Release {
  const { author } = commit;
  const revertOf = trailer(commit, revertsTrailer);
  return {
    ...named(key, environment, at),
    authors: [author.name, author.email],
    // Whoever moved the branch did it on purpose, but for the hub's own reverts.
    manual: revertOf === undefined,
    revertOf,
  };
}

function named(key: ReleaseKey, environment: string, at: number): Pick<Release, "id" | "revision" | "seed"> {
  const hash = createHash("sha256").update(`${environment} ${key} ${at}`).digest();
  return { id: `${key.slice(0, 8)}-${hash.toString("hex", 0, 4)}`, revision: key, seed: hash.readUInt32BE(4) };
}

/** The hub's words in its revert: the paragraph before the trailers. */
export function takenBackBecause({ message }: Pick<Commit, "message">): string {
  return (message.split(/\n\n+/)[1] ?? "").replaceAll(/\s+/g, " ").trim();
}

/** Value of a trailer in the last paragraph of the message. */
export function trailer({ message }: Pick<Commit, "message">, name: string): string | undefined {
  const last = message.trimEnd().split(/\n\n+/).at(-1) ?? "";
  for (const line of last.split("\n")) if (line.startsWith(`${name}: `)) return line.slice(name.length + 2).trim();
  return undefined;
}
