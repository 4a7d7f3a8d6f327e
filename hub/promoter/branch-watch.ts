import type { Environment, Problem } from "../../common/domain/index.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import { trailer, treeTrailer } from "../drive/index.ts";
import type { Commit, GitSource, Revision } from "../ports.ts";
import { failed, type Gate, judgeTip, type TipVerdict } from "../promotion/index.ts";
import type { PromotionRecord } from "./promotion-record.ts";
import type { TrunkLine } from "./trunk-line.ts";

/** How the branch of an environment is. */
export interface BranchSight {
  /** Its last tip that was in order, to be remembered. */
  readonly seen: Revision | undefined;
  /** Holds automation; undefined: nothing does. */
  readonly gate: Gate | undefined;
  readonly problems: readonly Problem[];
  /** What the branch is at, where the trunk is still to get it. */
  readonly offTrunk: Revision | undefined;
  /** Policy says that it is to say again what it said at this commit. */
  readonly restore: Revision | undefined;
}

/** Finds branches that somebody moved by hand, and commits that the trunk is still to get. */
export interface BranchWatch {
  look(environment: Environment, record: PromotionRecord, line: TrunkLine): Promise<BranchSight>;
}

export interface BranchWatchDependencies {
  readonly git: GitSource;
  readonly trunk: string;
  readonly log: Logger;
}

export function createBranchWatch({ git, trunk, log }: BranchWatchDependencies): BranchWatch {
  const known = new Map<string, { readonly key: string; readonly sight: BranchSight }>();

  async function isOnTrunk(line: TrunkLine, tip: Revision, environment: Environment): Promise<boolean> {
    const end = git.branches().get(trunk);
    return (await line.find(tip, environment)) !== undefined || (end !== undefined && (await git.isAncestor(tip, end)));
  }

  async function isRestoring(commit: Commit, seen: Revision): Promise<boolean> {
    if (trailer(commit, treeTrailer) !== seen) return false;
    return (await git.commit(seen)).tree === commit.tree;
  }

  async function sightOf(environment: Environment, record: PromotionRecord, line: TrunkLine): Promise<BranchSight> {
    const { branch } = environment;
    const { seen } = record;
    const tip = git.branches().get(branch);
    const isSame = tip === seen;
    const commit = tip === undefined ? undefined : await git.commit(tip);
    const isMoved = record.history.some(({ to }) => to === tip) || record.moving.some(({ to }) => to === tip);
    const isOurs = commit !== undefined && (isMoved || trailer(commit, treeTrailer) !== undefined);
    const onTrunk = tip !== undefined && (await isOnTrunk(line, tip, environment));
    const isForward =
      tip !== undefined && seen !== undefined && (isSame || (await git.isAncestor(seen, tip).catch(() => false)));
    const facts = {
      exists: tip !== undefined,
      isKnown: seen !== undefined,
      isSame,
      isOurs,
      isOnTrunk: onTrunk,
      isForward,
      isRestored: !isForward && seen !== undefined && commit !== undefined && (await isRestoring(commit, seen)),
    };
    const verdict = judgeTip(facts);
    // Where people keep a branch, they may.
    const isTheirs = environment.promotion?.branch === "copied";
    const policy = isTheirs ? "adopt" : (environment.promotion?.onHandMove ?? "hold");
    if (verdict === "fine" || policy === "adopt") {
      const offTrunk = onTrunk || isTheirs ? undefined : tip;
      const problems =
        offTrunk === undefined
          ? []
          : [
              warning(
                `Branch "${branch}" is at ${offTrunk.slice(0, 12)}, which the trunk "${trunk}" does not have: merge it there, nothing else is promoted until then`,
              ),
            ];
      return { seen: tip, gate: undefined, problems, offTrunk, restore: undefined };
    }
    const who =
      commit === undefined
        ? ""
        : ` ("${firstLine(commit.message)}", by ${commit.author.name || commit.author.email} at ${commit.author.at})`;
    const was = seen === undefined ? "" : `; it was at ${seen.slice(0, 12)}`;
    const text = `Branch "${branch}" was moved by hand${to(verdict, tip, trunk)}${who}${was}`;
    const isRestored = policy === "restore" && seen !== undefined;
    const next = isRestored
      ? "what it said then is restored"
      : `automation is held until 'drover promote ${environment.name}'${verdict === "aside" ? ", for which the trunk must have it" : ""}`;
    return {
      seen,
      gate: failed("branch", `${text}: ${next}`),
      problems: [warning(`${text}: ${next}`)],
      offTrunk: undefined,
      restore: isRestored ? seen : undefined,
    };
  }

  return {
    async look(environment, record, line) {
      const { name, branch, promotion } = environment;
      const keyNow = () =>
        [git.branches().get(branch), git.branches().get(trunk), record.seen, promotion?.onHandMove].join(" ");
      const before = known.get(name);
      if (before?.key === keyNow()) return before.sight;
      let sight = await sightOf(environment, record, line);
      if (sight.gate !== undefined) {
        // Another hub may have moved it, and this one not have heard of it.
        await git.fetch();
        sight = await sightOf(environment, record, line);
      }
      // The same again once what is to be remembered is.
      known.set(name, { key: keyNow(), sight });
      for (const { message } of sight.problems) {
        if (!(before?.sight.problems ?? []).some((each) => each.message === message))
          log.warn({ environment: name }, message);
      }
      return sight;
    },
  };
}

const warning = (message: string): Problem => ({ severity: "warning", message });

function to(verdict: TipVerdict, tip: Revision | undefined, trunk: string): string {
  const short = tip?.slice(0, 12);
  switch (verdict) {
    case "gone":
      return ": it is gone";
    case "back":
      return ` to ${short}, which does not descend from where it was`;
    case "aside":
      return ` to ${short}, which the trunk "${trunk}" does not have`;
    case "fine":
      return "";
  }
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}
