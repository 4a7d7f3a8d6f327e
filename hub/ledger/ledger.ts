import type { Clock } from "../../common/async/index.ts";
import type { Environment, PromotionRecordView } from "../../common/domain/index.ts";
import { toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import { asProposed, type MachineIdentity } from "../drive/index.ts";
import type { Commit, GitSource, RefMove, Revision } from "../ports.ts";
import type { Approval } from "../promotion/index.ts";
import {
  approvalIn,
  approvalLines,
  paragraphsOf,
  promotionIn,
  promotionParagraph,
  sealed,
  withParagraph,
} from "./blocks.ts";
import { moveOfCommit } from "./commit-move.ts";

/** Commits that the hub looks at to find one move of a branch that nobody recorded, and moves that it reads at most. */
const limits = { unrecorded: 500, moves: 200 };
const attempts = 5;

/** Tells what the hub itself wrote: anybody may push notes. */
export interface Seals {
  seal(text: string): string;
  isSealed(text: string, seal: string): boolean;
}

/** A paragraph that is to stand beside a commit. */
export interface Note {
  readonly revision: Revision;
  readonly paragraph: string;
}

/**
 * What Git remembers of promotions, so that nothing is lost with the hub's database: in the commits that the hub makes, and as
 * notes beside those that a branch was moved to.
 */
export interface Ledger {
  promotionNote(record: PromotionRecordView): Note;
  approvalNote(environment: string, approval: Approval): Note;
  /**
   * Moves a branch and writes the note at once; where the server refuses notes, moves the branch alone. Each time right before
   * it does so, it asks `mayStill`, which throws if not.
   */
  push(branch: string, move: RefMove, note: Note, mayStill: () => Promise<void>): Promise<void>;
  /** Does nothing for those that are there. Whoever writes at the same time is heard too. */
  write(notes: readonly Note[]): Promise<void>;
  /** How the branch came to `tip`, newest first, back to where it was `known` to have been. */
  moves(
    environment: Pick<Environment, "name" | "branch">,
    tip: Revision,
    known: Revision | undefined,
  ): Promise<readonly PromotionRecordView[]>;
  /** The approvals of these commits, as far as the hub itself wrote them down. */
  approvals(environment: string, commits: readonly Revision[]): Promise<readonly Approval[]>;
}

export interface LedgerDependencies {
  readonly git: GitSource;
  readonly seals: Seals;
  /** Author of the notes. */
  readonly identity: MachineIdentity;
  readonly clock: Clock;
  readonly log: Logger;
}

export function createLedger({ git, seals, identity, clock, log }: LedgerDependencies): Ledger {
  /** The next state of the notes; undefined when all of it is there. */
  async function nextState(notes: readonly Note[]): Promise<RefMove | undefined> {
    const from = git.notes.tip();
    const revisions = [...new Set(notes.map(({ revision }) => revision))];
    const present = from === undefined ? [] : await git.notes.read(from, revisions);
    const texts = new Map<Revision, string>();
    for (const [index, revision] of revisions.entries()) {
      const before = present[index];
      const own = notes.filter((note) => note.revision === revision);
      const after = own.reduce<string | undefined>((text, { paragraph }) => withParagraph(text, paragraph), before);
      if (after !== undefined && after !== before) texts.set(revision, after);
    }
    if (texts.size === 0) return undefined;
    const first = notes[0]?.paragraph.split("\n")[0] ?? "";
    const message = `Note ${first}${texts.size > 1 ? ` and ${texts.size - 1} more` : ""}`;
    const author = { ...identity, at: new Date(clock.now()).toISOString() };
    return { from, to: await git.notes.make({ on: from, texts, author, message }) };
  }

  async function noteBeside(revision: Revision): Promise<string | undefined> {
    const tip = git.notes.tip();
    return tip === undefined ? undefined : (await git.notes.read(tip, [revision]))[0];
  }

  function refused(branch: string, thrown: unknown): undefined {
    const { message } = toAppError(thrown);
    log.warn({ branch, reason: message }, "cannot write the note of a promotion together with it: tried again later");
    return undefined;
  }

  const textOf = (revision: Revision, lines: readonly string[]) => `${revision}\n${lines.join("\n")}`;

  return {
    promotionNote: (record) => ({ revision: record.to, paragraph: promotionParagraph(record) }),
    approvalNote(environment, approval) {
      const lines = approvalLines(environment, approval);
      const seal = seals.seal(textOf(approval.commit, lines));
      return { revision: approval.commit, paragraph: sealed(lines, seal).join("\n") };
    },

    async push(branch, move, note, mayStill) {
      for (let attempt = 1; attempt <= attempts; attempt++) {
        const notes = await nextState([note]).catch((thrown: unknown) => refused(branch, thrown));
        await mayStill();
        try {
          return await git.push(branch, move, notes === undefined ? {} : { notes });
        } catch (thrown) {
          const { code } = toAppError(thrown);
          if (code === "ABORTED") {
            // Somebody was faster, with the branch or only with the notes.
            if ((await git.fetch()).get(branch) !== move.from) throw thrown;
            continue;
          }
          if (code !== "PERMISSION_DENIED" && code !== "FAILED_PRECONDITION") throw thrown;
          if (notes === undefined) throw thrown;
          refused(branch, thrown);
          break;
        }
      }
      await mayStill();
      await git.push(branch, move);
    },

    async write(notes) {
      for (let attempt = 1; ; attempt++) {
        const move = await nextState(notes);
        if (move === undefined) return;
        try {
          return await git.notes.push(move);
        } catch (thrown) {
          if (toAppError(thrown).code !== "ABORTED" || attempt >= attempts) throw thrown;
          await git.fetch();
        }
      }
    },

    async moves({ name, branch }, tip, known) {
      const moves: PromotionRecordView[] = [];
      const visited = new Set<Revision>();
      let unrecorded = 0;
      for (let at: Revision | undefined = tip; at !== undefined && at !== known && !visited.has(at); ) {
        visited.add(at);
        const commit: Commit = await git.commit(at);
        const move: PromotionRecordView | undefined =
          moveOfCommit(commit, name) ??
          promotionBeside(at, (await noteBeside(at)) ?? "", name) ??
          moveOfCommit(await asProposed(git, { name, branch }, commit), name);
        if (move !== undefined) moves.push(move);
        else unrecorded++;
        if (moves.length >= limits.moves || unrecorded >= limits.unrecorded) break;
        at = move === undefined ? commit.parents[0] : (move.from ?? undefined);
      }
      return moves;
    },

    async approvals(environment, commits) {
      const tip = git.notes.tip();
      if (tip === undefined || commits.length === 0) return [];
      const texts = await git.notes.read(tip, commits);
      return commits.flatMap((commit, index) =>
        paragraphsOf(texts[index] ?? "").flatMap((paragraph) => {
          const found = approvalIn(paragraph, commit);
          if (found?.environment !== environment) return [];
          return seals.isSealed(textOf(commit, found.lines), found.seal) ? [found.approval] : [];
        }),
      );
    },
  };
}

/**
 * The last time that this commit came into the environment. Who was too late with the same move may have noted it all the same:
 * a server that finds the branch where it should go still moves the notes.
 */
function promotionBeside(revision: Revision, text: string, environment: string): PromotionRecordView | undefined {
  const found = paragraphsOf(text)
    .flatMap((paragraph) => promotionIn(paragraph, revision) ?? [])
    .filter((each) => each.environment === environment && each.from !== revision);
  const last = found.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at)).at(-1);
  return found.find(({ from }) => from === last?.from);
}
