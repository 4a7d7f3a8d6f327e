import type { Clock } from "../../common/async/index.ts";
import { isSamePerson } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { FleetState } from "../desk/index.ts";
import { commitNamed } from "../git/index.ts";
import type { Ledger } from "../ledger/index.ts";
import type { GitSource, Revision } from "../ports.ts";
import { type Gate, gateSentence, obstacles } from "../promotion/index.ts";
import type { FleetActions } from "../surfaces.ts";
import type { BranchMoves } from "./branch-moves.ts";
import type { GitMemory } from "./git-memory.ts";
import { type Looks, soakLookMs } from "./looks.ts";
import { nextTip, refusalOf } from "./next-tip.ts";
import { madeTip, withApproval, withNote } from "./promotion-record.ts";
import type { PromotionRecords } from "./promotion-records.ts";
import type { TrunkLine } from "./trunk-line.ts";

/** Changes that come together are looked at together. */
export const settleMs = 100;

export interface PromotionRequestsDependencies {
  readonly state: FleetState;
  readonly git: GitSource;
  readonly ledger: Ledger;
  /** Branch that changes come from. */
  readonly trunk: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Ends with the hub. */
  readonly signal: AbortSignal;
}

/** What people ask of promotions. */
export interface PromotionRequests {
  /**
   * To what its upstream environment runs, or to `revision`. Gates that only wait are given `waitMs`. Who names a commit goes
   * past the upstream and soak gates, who calls it an emergency past freezes and windows, and that is recorded. FAILED_PRECONDITION with the unmet gates; ABORTED when somebody
   * else moved the branch.
   */
  readonly promote: FleetActions["promote"];
  /** Of the candidate, or of `revision`. Returns once the approval is shown. */
  readonly approve: FleetActions["approve"];
}

export function createPromotionRequests(
  dependencies: PromotionRequestsDependencies,
  records: PromotionRecords,
  moves: BranchMoves,
  memory: GitMemory,
  looks: Looks,
  readLine: () => Promise<TrunkLine | undefined>,
): PromotionRequests {
  const { state, git, ledger, clock, log } = dependencies;

  function known(name: string) {
    const environment = state.environments.get(name)?.environment;
    if (environment === undefined) throw new AppError("NOT_FOUND", `No such environment: "${name}"`);
    const { from, promotion, branch } = environment;
    if (promotion === undefined) {
      throw new AppError(
        "FAILED_PRECONDITION",
        `Environment "${name}" is not promoted into: push to its branch "${branch}"`,
      );
    }
    return { from, promotion, branch };
  }

  /** What upstream environments run; where that differs, the newest that all of them have finished with. */
  async function upstreamRevision(name: string, from: readonly string[]): Promise<Revision> {
    const changes = await Promise.all(from.map((each) => upstreamCommit(name, each)));
    const [first = ""] = changes;
    return new Set(changes).size === 1 ? first : ((await looks.assess(name))?.candidate?.commit ?? first);
  }

  async function upstreamCommit(name: string, from: string): Promise<Revision> {
    const { environment, revision } = state.environments.get(from) ?? {};
    const isPointer = (environment?.promotion?.branch ?? "pointer") === "pointer";
    const found = revision === undefined ? undefined : await (await readLine())?.find(revision, environment);
    if (found !== undefined) return found.commit;
    if (revision !== undefined && isPointer) return revision;
    if (revision !== undefined) {
      throw new AppError(
        "FAILED_PRECONDITION",
        `Cannot promote into "${name}": "${from}" runs ${revision.slice(0, 12)}, with changes by hand that no commit of the trunk has`,
      );
    }
    throw new AppError(
      "FAILED_PRECONDITION",
      `Cannot promote into "${name}": its upstream environment "${from}" has no revision yet`,
    );
  }

  async function promote(
    name: string,
    { revision, actor, waitMs, emergency: isEmergency, reason }: Parameters<FleetActions["promote"]>[1],
  ): ReturnType<FleetActions["promote"]> {
    const { from, branch, promotion } = known(name);
    if (promotion.mode === "never") {
      throw new AppError(
        "FAILED_PRECONDITION",
        `Environment "${name}" is closed to promotion: fleet.yaml says mode "never"`,
      );
    }
    if (isEmergency && reason.trim() === "") {
      throw new AppError("INVALID_ARGUMENT", "An emergency needs a reason: say --reason");
    }
    const until = clock.now() + waitMs;
    await git.fetch();
    for (;;) {
      const tip = git.branches().get(branch);
      const to = revision === undefined ? await upstreamRevision(name, from) : await commitNamed(git, revision);
      const { tree } = await git.commit(to);
      const isPointer = promotion.branch === "pointer";
      const last = madeTip(records.get(name));
      const next = isPointer ? await nextTip(git, tip, { commit: to, tree }, last) : "forward";
      if (tip !== undefined && next === "refused" && (revision !== undefined || !(await git.isAncestor(to, tip)))) {
        throw new AppError(
          "FAILED_PRECONDITION",
          `Cannot promote ${to.slice(0, 12)} into "${name}": ${await refusalOf(git, branch, tip, to)}`,
        );
      }
      if (tip !== undefined && (next === "none" || next === "refused")) {
        return { environment: name, branch, from: tip, to: tip, moved: false };
      }
      const found = await looks.assess(name, to);
      if (tip !== undefined && found?.same?.commit === to) {
        return { environment: name, branch, from: tip, to: tip, moved: false };
      }
      if (found?.candidate?.commit !== to) {
        throw new AppError(
          "FAILED_PRECONDITION",
          `Cannot promote ${to.slice(0, 12)} into "${name}": the trunk "${dependencies.trunk}" does not have it`,
        );
      }
      const { closed, bypassed } = obstacles(found.gates, { isNamed: revision !== undefined, isEmergency });
      if (closed.length === 0) {
        const moved = await moves.move(name, found, { actor, bypassed, reason });
        // Who promotes and asks sees it; it has happened, whether that can be read now or not.
        await git.fetch().then(
          () => looks.show(name),
          () => undefined,
        );
        return moved;
      }
      const mayPass = closed.every(
        (gate) => gate.state === "waiting" && gate.name !== "approvals" && (gate.until ?? until) <= until,
      );
      if (!mayPass || clock.now() >= until) {
        throw new AppError(
          "FAILED_PRECONDITION",
          `Cannot promote ${to.slice(0, 12)} into "${name}": ${closed.map(gateSentence).join("; ")}${wayOut(name, closed)}`,
        );
      }
      await changeOrDeadline(Math.min(until, clock.now() + soakLookMs));
    }
  }

  /** Resolves when something has changed that gates may hang on, and settled; at `at` the latest. */
  async function changeOrDeadline(at: number): Promise<void> {
    const waking = new AbortController();
    const signal = AbortSignal.any([dependencies.signal, waking.signal]);
    const unsubscribe = state.subscribe(() => waking.abort());
    await clock.sleep(Math.max(0, at - clock.now()), { signal }).catch(() => undefined);
    unsubscribe();
    if (dependencies.signal.aborted) throw new AppError("UNAVAILABLE", "The hub is stopping: ask again");
    await clock.sleep(settleMs, { signal: dependencies.signal });
  }

  async function approve(name: string, { revision, actor }: Parameters<FleetActions["approve"]>[1]) {
    known(name);
    await git.fetch();
    const line = await readLine();
    const named = revision === undefined ? undefined : await commitNamed(git, revision);
    const assessed = await looks.assess(name, named);
    const commit = named ?? assessed?.candidate?.commit;
    const isAssessed = commit !== undefined && assessed?.candidate?.commit === commit;
    const found = commit === undefined ? undefined : isAssessed ? assessed.candidate : await line?.find(commit);
    if (found === undefined) {
      throw new AppError("FAILED_PRECONDITION", `Nothing to approve in "${name}": no commit waits to be promoted`);
    }
    if (isSamePerson(found.author, actor)) {
      throw new AppError(
        "PERMISSION_DENIED",
        `Commit ${found.commit.slice(0, 12)} is ${actor}'s own: somebody else must approve it`,
      );
    }
    const at = new Date(clock.now()).toISOString();
    const content = assessed?.candidate?.commit === found.commit ? assessed.content : found.tree;
    const approval = { actor, commit: found.commit, content, at };
    const note = ledger.approvalNote(name, approval);
    await records.change(name, (record) => withNote(withApproval(record, approval), note));
    await memory.tell(name, { now: true });
    log.info({ audit: true, actor, action: "approve", environment: name, commit: found.commit }, `${actor}: approve`);
    await looks.show(name);
    state.announce({ kind: "environment", environment: name });
    return { environment: name, revision: found.commit };
  }

  return { promote, approve };
}

function wayOut(environment: string, closed: readonly Gate[]): string {
  if (obstacles(closed, { isNamed: false, isEmergency: true }).closed.length > 0) return "";
  return `; 'drover promote ${environment} --emergency --reason …' goes past it`;
}
