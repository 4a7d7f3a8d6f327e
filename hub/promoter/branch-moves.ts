import type { Clock } from "../../common/async/index.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { FleetState } from "../desk/index.ts";
import type { MachineIdentity } from "../drive/index.ts";
import type { GitSource, PromotionResult } from "../ports.ts";
import type { Assessment } from "./assess.ts";
import { joiningCommit } from "./next-tip.ts";
import { withMove } from "./promotion-record.ts";
import type { PromotionRecords } from "./promotion-records.ts";

export interface BranchMovesDependencies {
  readonly state: FleetState;
  readonly git: GitSource;
  /** Author of the commits that the hub makes. */
  readonly identity: MachineIdentity;
  readonly requestFetch: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Takes branches to what was found promotable, by compare-and-swap, with a record before and after. */
export interface BranchMoves {
  move(
    environment: string,
    assessment: Assessment,
    by: { readonly actor: string; readonly bypassed: readonly string[] },
  ): Promise<PromotionResult>;
  /** What a hub that died between its push and its record left open: Git knows whether the push arrived. */
  settle(environment: string): Promise<void>;
}

export function createBranchMoves(dependencies: BranchMovesDependencies, records: PromotionRecords): BranchMoves {
  const { state, git, identity, clock, log } = dependencies;

  return {
    async move(name, { tip, candidate, next, gates }, { actor, bypassed }) {
      const branch = state.environments.get(name)?.environment.branch;
      if (branch === undefined || candidate === undefined) throw new RangeError(`Nothing to promote into "${name}"`);
      const at = new Date(clock.now()).toISOString();
      const isJoined = tip !== undefined && next === "join";
      const to = isJoined
        ? await joiningCommit(git, { environment: name, tip, commit: candidate.commit, identity, at })
        : candidate.commit;
      const proof = gates.filter(({ state }) => state === "passed").map((gate) => `${gate.name}: ${gate.reason}`);
      const moving = { environment: name, from: tip ?? null, to, actor, at, proof, bypassed };
      await records.change(name, (record) => ({ ...record, moving }));
      try {
        await git.push(branch, { from: tip, to });
      } catch (thrown) {
        // Lost the race, or cut off: what became of it is in Git.
        await dependencies.requestFetch();
        throw thrown;
      }
      await records.change(name, (record) => withMove(record, moving));
      log.info(
        { audit: true, actor, action: "promote", environment: name, from: tip, to, bypassed },
        `${actor}: promote`,
      );
      await dependencies.requestFetch();
      return { environment: name, branch, from: tip ?? null, to, moved: true };
    },

    async settle(name) {
      const { moving } = records.get(name);
      const branch = state.environments.get(name)?.environment.branch;
      if (moving === undefined || branch === undefined) return;
      const tip = (await git.fetch()).get(branch);
      const arrived = tip !== undefined && (tip === moving.to || (await git.isAncestor(moving.to, tip)));
      await records.change(name, (current) => {
        if (current.moving?.to !== moving.to) return current;
        return arrived ? withMove(current, moving) : { ...current, moving: undefined };
      });
    },
  };
}
