import type { Problem } from "../../common/domain/index.ts";
import { type AppError, isAbort, toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { FleetState } from "../desk/index.ts";
import type { Branches, Cancellable, GitSource, HubStore } from "../ports.ts";
import { type FleetResolution, problemsOf, resolveFleet } from "../resolve/index.ts";
import type { ProblemLog } from "./problem-log.ts";
import type { Repository } from "./repository.ts";

/** Fetches, and keeps the newest fleet.yaml that could be used. */
export interface FleetReader {
  /** As of the last fetch; what the mirror has when that failed. */
  branches(): Branches;
  /** Of the fleet in effect; undefined while there never was one. */
  resolution(): FleetResolution | undefined;
  /** Never fails but by abort: what is wrong becomes a problem of the fleet. True when another fleet is in effect now. */
  read(options: Cancellable): Promise<boolean>;
}

export function createFleetReader(dependencies: {
  readonly state: FleetState;
  readonly git: GitSource;
  readonly repository: Repository;
  readonly store: HubStore;
  /** Branch that fleet.yaml is read from. */
  readonly trunk: string;
  readonly logProblems: ProblemLog;
  readonly log: Logger;
}): FleetReader {
  const { state, git, repository, store, trunk, logProblems, log } = dependencies;
  const hub = store.collection<string>("hub");
  let branches: Branches = new Map();
  let resolution: FleetResolution | undefined;
  /** Text of the fleet in effect; null: none, or it was refused and must be looked at again. */
  let text: string | undefined | null = null;

  async function fetch({ signal }: Cancellable): Promise<AppError | undefined> {
    try {
      branches = await git.fetch({ signal });
      return undefined;
    } catch (thrown) {
      if (isAbort(thrown)) throw thrown;
      // What the mirror has is still good; a hub that starts while the forge is down works from it.
      branches = git.branches();
      return toAppError(thrown, "Cannot fetch");
    }
  }

  /** What is wrong with the trunk's fleet.yaml; takes it into effect when it can be used. */
  async function adopt(options: Cancellable): Promise<readonly Problem[]> {
    const tip = branches.get(trunk);
    if (tip === undefined) {
      text = null;
      const message = `Branch "${trunk}" does not exist: expected the trunk, with fleet.yaml at its root`;
      return [{ severity: "error", message }];
    }
    const current = await repository.fleetText(tip, options);
    if (current === text && resolution !== undefined) return resolution.problems;
    const fresh = resolveFleet(current, trunk);
    text = fresh.fleet === undefined ? null : current;
    if (fresh.fleet === undefined) return fresh.problems;
    resolution = fresh;
    await hub.set("fleetRevision", tip);
    return fresh.problems;
  }

  /** After a restart with a fleet.yaml that cannot be used: the one that could, from Git. */
  async function restore(options: Cancellable): Promise<void> {
    const revision = await hub.get("fleetRevision");
    if (revision === undefined) return;
    try {
      const stored = resolveFleet(await repository.fleetText(revision, options), trunk);
      if (stored.fleet !== undefined) resolution = stored;
    } catch (thrown) {
      if (isAbort(thrown)) throw thrown;
      log.warn({ revision, reason: toAppError(thrown).message }, "cannot read the last good fleet.yaml");
    }
  }

  return {
    branches: () => branches,
    resolution: () => resolution,
    async read(options) {
      const before = resolution;
      const unreachable = await fetch(options);
      const wrong = await adopt(options);
      if (resolution === undefined) await restore(options);
      state.fleet = resolution?.fleet;
      // Without an answer from the remote, a branch that is missing may just not have been fetched yet.
      const problems =
        unreachable === undefined ? wrong : [...problemsOf(unreachable), ...(branches.size === 0 ? [] : wrong)];
      logProblems("fleet", problems);
      if (JSON.stringify(state.problems) !== JSON.stringify(problems)) {
        state.problems = problems;
        state.announce({ kind: "environment" });
      }
      return resolution !== before;
    },
  };
}
