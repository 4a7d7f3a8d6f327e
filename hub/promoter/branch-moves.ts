import type { Clock } from "../../common/async/index.ts";
import type { Freeze, PromotionRecordView } from "../../common/domain/index.ts";
import { AppError, toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { FleetState } from "../desk/index.ts";
import type { MachineIdentity } from "../drive/index.ts";
import type { Ledger } from "../ledger/index.ts";
import type { GitSource, Revision } from "../ports.ts";
import { freezeGate, type Gate, gateSentence } from "../promotion/index.ts";
import type { PromotionResult } from "../surfaces.ts";
import type { Assessment } from "./assessment.ts";
import type { AtForge } from "./at-forge.ts";
import { waitedAt } from "./gate-waits.ts";
import { joiningCommit } from "./next-tip.ts";
import { type PromotionRecord, withMove, withMoving, withNote, withoutMoving } from "./promotion-record.ts";
import type { PromotionRecords } from "./promotion-records.ts";

/** As long as a push may take. */
const inFlightMs = 180_000;
const automation = "drover";

export interface BranchMovesDependencies {
  readonly state: FleetState;
  readonly git: GitSource;
  /** Author of the commits that the hub makes. */
  readonly identity: MachineIdentity;
  /** As stored now. */
  readonly freezes: () => Promise<readonly Freeze[]>;
  readonly ledger: Ledger;
  readonly atForge: Pick<AtForge, "propose" | "merge" | "refused">;
  readonly requestFetch: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface MovedBy {
  readonly actor: string;
  /** That they go past. */
  readonly bypassed: readonly Gate[];
  readonly reason: string;
}

/** Takes branches to what was found promotable, by compare-and-swap, with a record before and after. */
export interface BranchMoves {
  move(environment: string, assessment: Assessment, by: MovedBy): Promise<PromotionResult>;
  /** Resolves when no move that this hub has begun is under way any more, however it ended. */
  idle(): Promise<void>;
  /** What a hub that died between its push and its record left open: Git knows whether the push arrived. */
  settle(environment: string): Promise<void>;
}

export function createBranchMoves(dependencies: BranchMovesDependencies, records: PromotionRecords): BranchMoves {
  const { state, git, ledger, identity, atForge, clock, log } = dependencies;
  const underWay = new Set<Promise<unknown>>();

  /** Whether the note came along with the push is seen when it is written again. */
  function moved(record: PromotionRecord, move: PromotionRecordView): PromotionRecord {
    const after = withMove(record, move);
    const isNews = after.history.length !== record.history.length || after.history.at(-1) !== record.history.at(-1);
    return isNews ? withNote(after, ledger.promotionNote(move)) : after;
  }

  async function move(
    name: string,
    assessment: Assessment,
    { actor, bypassed: passedOver, reason }: MovedBy,
  ): Promise<PromotionResult> {
    const { tip, candidate, next, made, gates } = assessment;
    const { branch, promotion: policy } = state.environments.get(name)?.environment ?? {};
    if (branch === undefined || candidate === undefined) throw new RangeError(`Nothing to promote into "${name}"`);
    // There is nothing to merge into before the branch is made.
    const isProposed = policy?.via === "pullRequest" && tip !== undefined;
    const at = new Date(clock.now()).toISOString();
    const refuse = (thrown: unknown): never => {
      atForge.refused(name, candidate.commit, thrown);
      throw thrown;
    };
    // What is said before it is sent is no word of the forge.
    const refusePush = (thrown: unknown) => {
      if (toAppError(thrown).code === "FAILED_PRECONDITION") throw thrown;
      return refuse(thrown);
    };
    const proof = gates.filter(({ state }) => state === "passed").map(gateSentence);
    const bypassed = passedOver.map(gateSentence);
    const { commit } = candidate;
    const promotion = {
      ...{ kind: "promotion" as const, environment: name, from: tip ?? null, commit },
      ...{ actor, at, proof, bypassed, reason, ...waitedAt(records.get(name).waits, commit) },
    };
    const isJoined = tip !== undefined && next === "join";
    const joined = () => (isJoined ? joiningCommit(git, { tip, promotion, identity }) : (made ?? commit));
    const to = await (isProposed ? atForge.propose(name, assessment).catch(refuse) : joined());
    const moving = { ...promotion, to };
    await records.change(name, (record) => withMoving(record, moving));
    let merged = to;
    try {
      // Only now, so that what comes after the answer to a freeze was asked after it.
      const mayStill = () => refuseStopped(name, moving, passedOver);
      const note = ledger.promotionNote(moving);
      if (isProposed) {
        await mayStill();
        merged = await atForge.merge(name, to, note.paragraph).catch(refuse);
      } else await ledger.push(branch, { from: tip, to }, note, mayStill).catch(refusePush);
    } catch (thrown) {
      // Lost the race, or cut off: what became of it is in Git.
      await dependencies.requestFetch();
      throw thrown;
    }
    await records.change(name, (record) => moved(withoutMoving(record, moving), { ...moving, to: merged }));
    log.info(
      { audit: true, actor, action: "promote", environment: name, from: tip, to: merged, bypassed, reason },
      `${actor}: promote`,
    );
    await dependencies.requestFetch();
    return { environment: name, branch, from: tip ?? null, to: merged, moved: true };
  }

  /** Somebody may have frozen it since the gates were looked at, or held it. */
  async function refuseStopped(name: string, moving: PromotionRecordView, passedOver: readonly Gate[]): Promise<void> {
    const refuse = async (reason: string) => {
      await records.change(name, (record) => withoutMoving(record, moving));
      throw new AppError("FAILED_PRECONDITION", `Cannot promote into "${name}": ${reason}`);
    };
    if (!passedOver.some((gate) => gate.name === "freeze")) {
      const gate = freezeGate(await dependencies.freezes(), name, clock.now());
      if (gate.state !== "passed") await refuse(gateSentence(gate));
    }
    // Last, with nothing to wait for between it and the push. People go past holds.
    const hold = moving.actor === automation ? state.rollouts.get(name)?.hold : undefined;
    if (hold !== undefined) await refuse(`hold: Held by ${hold.by}: ${hold.reason}`);
  }

  async function settle(name: string, moving: PromotionRecordView, tip: Revision | undefined): Promise<void> {
    // Who moved it from the same commit was first, and may have passed over the commit that this was about.
    const isLost = tip !== moving.to && records.get(name).history.some(({ from }) => from === moving.from);
    const arrived = tip !== undefined && !isLost && (tip === moving.to || (await git.isAncestor(moving.to, tip)));
    // Another hub may be about to push it.
    const isFresh = clock.now() - Date.parse(moving.at) < inFlightMs;
    if (!arrived && !isLost && isFresh && (tip ?? null) === moving.from) return;
    // A forge makes a commit of its own when it merges.
    const [base, proposed] = arrived ? (await git.commit(tip)).parents : [];
    const to = arrived && base === moving.from && proposed === moving.to ? tip : moving.to;
    await records.change(name, (current) => {
      if (!current.moving.some((each) => each.from === moving.from && each.to === moving.to)) return current;
      const others = withoutMoving(current, moving);
      return arrived ? moved(others, { ...moving, to }) : others;
    });
  }

  return {
    move(name, assessment, by) {
      const running = move(name, assessment, by).finally(() => underWay.delete(running));
      underWay.add(running);
      return running;
    },

    async idle() {
      await Promise.allSettled(underWay);
    },

    async settle(name) {
      const branch = state.environments.get(name)?.environment.branch;
      if (records.get(name).moving.length === 0 || branch === undefined) return;
      const tip = (await git.fetch()).get(branch);
      // Of several from one commit one arrived: first those of which that is sure.
      const { moving: known, history } = records.get(name);
      const isSure = ({ to }: PromotionRecordView) => to === tip || history.some(({ from }) => from === to);
      const open = known.toSorted((a, b) => Number(isSure(b)) - Number(isSure(a)));
      for (const moving of open) await settle(name, moving, tip);
    },
  };
}
