import type { Clock } from "../../common/async/index.ts";
import type { PromotionRecordView, PromotionView } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { MachineIdentity } from "../drive/index.ts";
import { commitNamed } from "../git/index.ts";
import type { FleetActions, HubStore, PromotionResult, Revision, ViewFilter } from "../ports.ts";
import { unmet } from "../promotion/index.ts";
import { type AssessDependencies, type Assessment, assess } from "./assess.ts";
import { joiningCommit, nextTip } from "./next-tip.ts";
import { emptyRecord, type PromotionRecord, withApproval, withMove, withProof } from "./promotion-record.ts";
import { promotionView } from "./promotion-view.ts";
import { createTrunkLines } from "./trunk-line.ts";

/** Changes that come together are looked at together. */
export const settleMs = 100;
/** A soak is looked at, and what is known of it stored, at least so often. */
const soakLookMs = 5_000;
const automation = "drover";

export interface PromotionsDependencies extends AssessDependencies {
  readonly store: HubStore;
  /** Branch that changes come from. */
  readonly trunk: string;
  /** Author of the commits that the hub makes. */
  readonly identity: MachineIdentity;
  readonly requestFetch: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Ends with the hub. */
  readonly signal: AbortSignal;
}

/**
 * Takes commits from one environment to the next, as their gates allow. A compare-and-swap moves a branch, so that any number
 * of hubs and people may try at once and any of them may die at any line: one promotion comes of it, or none.
 */
export interface Promotions {
  /** What the last run of the hub knew. */
  load(): Promise<void>;
  /** Judges an environment and moves it when it may go. Returns when to look again if nothing changes; undefined: never. */
  look(environment: string): Promise<number | undefined>;
  views(filter: ViewFilter): readonly PromotionView[];
  /** Newest first. */
  history(environment: string): readonly PromotionRecordView[];
  /**
   * To what its upstream environment runs, or to `revision`. Gates that only wait are given `waitMs`. Who names a commit goes
   * past the upstream and soak gates, and that is recorded. FAILED_PRECONDITION with the unmet gates; ABORTED when somebody
   * else moved the branch.
   */
  readonly promote: FleetActions["promote"];
  /** Of the candidate, or of `revision`. */
  readonly approve: FleetActions["approve"];
}

export function createPromotions(dependencies: PromotionsDependencies): Promotions {
  const { state, git, store, clock, log } = dependencies;
  const collection = store.collection<PromotionRecord>("promotions");
  const records = new Map<string, PromotionRecord>();
  const assessments = new Map<string, Assessment>();
  const storedAt = new Map<string, number>();
  const readLine = createTrunkLines(git, dependencies.trunk);

  async function change(name: string, update: (record: PromotionRecord) => PromotionRecord): Promise<void> {
    const written = await collection.update(name, (current) => update(current ?? emptyRecord));
    if (written !== undefined) records.set(name, written);
    storedAt.set(name, clock.now());
  }

  /** What is true now; undefined for an environment that nothing is promoted into, or while Git was not read. */
  async function assessNow(name: string, revision?: Revision): Promise<Assessment | undefined> {
    const environment = state.environments.get(name)?.environment;
    const line = await readLine();
    if (environment?.promotion === undefined || line === undefined) return undefined;
    const before = assessments.get(name);
    const record = await settle(name);
    const now = clock.now();
    const found = await assess(dependencies, {
      environment,
      records,
      line,
      now,
      isContinuous: before !== undefined,
      revision,
    });
    const isDue = found.upstream.soak?.since !== undefined && now - (storedAt.get(name) ?? 0) >= soakLookMs;
    if (found.proof !== undefined || isDue || isNews(record, found)) {
      await change(name, (current) => {
        const next = { ...current, upstream: found.upstream };
        return found.proof === undefined ? next : withProof(next, found.proof);
      });
    } else records.set(name, { ...record, upstream: found.upstream });
    return found;
  }

  /** Approvals and promotions may be another hub's; how long the upstream is well, this one knows best. */
  async function recall(name: string): Promise<PromotionRecord> {
    const stored = (await collection.get(name)) ?? emptyRecord;
    const record = { ...stored, upstream: records.get(name)?.upstream ?? stored.upstream };
    records.set(name, record);
    return record;
  }

  /** Judges, and shows what came of it. */
  async function show(name: string): Promise<Assessment | undefined> {
    const before = assessments.get(name);
    const found = await assessNow(name);
    if (found === undefined) assessments.delete(name);
    else assessments.set(name, found);
    if (JSON.stringify(before?.gates) !== JSON.stringify(found?.gates))
      state.announce({ kind: "promotion", environment: name });
    return found;
  }

  async function look(name: string): Promise<number | undefined> {
    const found = await show(name);
    if (found === undefined) return undefined;
    const { candidate, gates, upstream } = found;
    const mode = state.environments.get(name)?.environment.promotion?.mode;
    const times = gates.flatMap(({ until }) => until ?? []);
    if (upstream.soak?.since !== undefined && times.length > 0) times.push(clock.now() + soakLookMs);
    const isDue = candidate !== undefined && mode === "auto" && unmet(gates).length === 0;
    if (isDue) await move(name, found, { actor: automation, bypassed: [] });
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** What a hub that died between its push and its record left open: Git knows whether the push arrived. */
  async function settle(name: string): Promise<PromotionRecord> {
    const record = await recall(name);
    const { moving } = record;
    const branch = state.environments.get(name)?.environment.branch;
    if (moving === undefined || branch === undefined) return record;
    const tip = (await git.fetch()).get(branch);
    const arrived = tip !== undefined && (tip === moving.to || (await git.isAncestor(moving.to, tip)));
    await change(name, (current) => {
      if (current.moving?.to !== moving.to) return current;
      return arrived ? withMove(current, moving) : { ...current, moving: undefined };
    });
    return recall(name);
  }

  async function move(
    name: string,
    { tip, candidate, next, gates }: Assessment,
    { actor, bypassed }: { readonly actor: string; readonly bypassed: readonly string[] },
  ): Promise<PromotionResult> {
    const branch = state.environments.get(name)?.environment.branch;
    if (branch === undefined || candidate === undefined) throw new RangeError(`Nothing to promote into "${name}"`);
    const at = new Date(clock.now()).toISOString();
    const { identity } = dependencies;
    const isJoined = tip !== undefined && next === "join";
    const to = isJoined
      ? await joiningCommit(git, { environment: name, tip, commit: candidate.commit, identity, at })
      : candidate.commit;
    const proof = gates.filter(({ state }) => state === "passed").map((gate) => `${gate.name}: ${gate.reason}`);
    const moving = { environment: name, from: tip ?? null, to, actor, at, proof, bypassed };
    await change(name, (record) => ({ ...record, moving }));
    try {
      await git.push(branch, { from: tip, to });
    } catch (thrown) {
      // Lost the race, or cut off: what became of it is in Git.
      await dependencies.requestFetch();
      throw thrown;
    }
    await change(name, (record) => withMove(record, moving));
    log.info(
      { audit: true, actor, action: "promote", environment: name, from: tip, to, bypassed },
      `${actor}: promote`,
    );
    await dependencies.requestFetch();
    return { environment: name, branch, from: tip ?? null, to, moved: true };
  }

  function known(name: string) {
    const environment = state.environments.get(name)?.environment;
    if (environment === undefined) throw new AppError("NOT_FOUND", `No such environment: "${name}"`);
    const { from, promotion, branch } = environment;
    if (from === undefined || promotion === undefined) {
      throw new AppError(
        "FAILED_PRECONDITION",
        `Environment "${name}" is not promoted into: push to its branch "${branch}"`,
      );
    }
    return { from, promotion, branch };
  }

  function upstreamRevision(name: string, from: string): Revision {
    const revision = state.environments.get(from)?.revision;
    if (revision !== undefined) return revision;
    throw new AppError(
      "FAILED_PRECONDITION",
      `Cannot promote into "${name}": its upstream environment "${from}" has no revision yet`,
    );
  }

  async function promote(
    name: string,
    { revision, actor, waitMs }: Parameters<FleetActions["promote"]>[1],
  ): Promise<PromotionResult> {
    const { from, branch, promotion } = known(name);
    if (promotion.mode === "never") {
      throw new AppError(
        "FAILED_PRECONDITION",
        `Environment "${name}" is closed to promotion: fleet.yaml says mode "never"`,
      );
    }
    const until = clock.now() + waitMs;
    await git.fetch();
    for (;;) {
      const tip = git.branches().get(branch);
      const to = revision === undefined ? upstreamRevision(name, from) : await commitNamed(git, revision);
      const { tree } = await git.commit(to);
      const next = await nextTip(git, tip, { commit: to, tree });
      if (tip !== undefined && next === "refused" && (revision !== undefined || !(await git.isAncestor(to, tip)))) {
        throw new AppError(
          "FAILED_PRECONDITION",
          `Cannot promote ${to.slice(0, 12)} into "${name}": its branch "${branch}" is at ${tip.slice(0, 12)}, which is not an ancestor of it`,
        );
      }
      if (tip !== undefined && (next === "none" || next === "refused")) {
        return { environment: name, branch, from: tip, to: tip, moved: false };
      }
      const found = await assessNow(name, to);
      if (found?.candidate?.commit !== to) {
        throw new AppError(
          "FAILED_PRECONDITION",
          `Cannot promote ${to.slice(0, 12)} into "${name}": the trunk "${dependencies.trunk}" does not have it`,
        );
      }
      // The order of automation and its hold do not bind people; the promotion of the candidate lifts the hold.
      const inTheWay = unmet(found.gates).filter(({ name: gate }) => gate !== "window" && gate !== "hold");
      const passable = revision === undefined ? [] : ["upstream", "soak", "quarantine"];
      const closed = inTheWay.filter(({ name: gate }) => !passable.includes(gate));
      if (closed.length === 0) {
        return move(name, found, { actor, bypassed: inTheWay.map((gate) => `${gate.name}: ${gate.reason}`) });
      }
      const mayPass = closed.every((gate) => gate.state === "waiting" && gate.name !== "approvals");
      if (!mayPass || clock.now() >= until) {
        throw new AppError(
          "FAILED_PRECONDITION",
          `Cannot promote ${to.slice(0, 12)} into "${name}": ${closed.map((gate) => `${gate.name}: ${gate.reason}`).join("; ")}`,
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
    const commit =
      revision === undefined ? (await assessNow(name))?.candidate?.commit : await commitNamed(git, revision);
    const found = commit === undefined ? undefined : await line?.find(commit);
    if (found === undefined) {
      throw new AppError("FAILED_PRECONDITION", `Nothing to approve in "${name}": no commit waits to be promoted`);
    }
    if (found.author === actor) {
      throw new AppError(
        "PERMISSION_DENIED",
        `Commit ${found.commit.slice(0, 12)} is ${actor}'s own: somebody else must approve it`,
      );
    }
    const at = new Date(clock.now()).toISOString();
    await change(name, (record) => withApproval(record, { actor, commit: found.commit, content: found.tree, at }));
    log.info({ audit: true, actor, action: "approve", environment: name, commit: found.commit }, `${actor}: approve`);
    // Who approves and then asks is told of the approval.
    await show(name);
    state.announce({ kind: "environment", environment: name });
    return { environment: name, revision: found.commit };
  }

  return {
    async load() {
      for (const [name, record] of await collection.entries()) records.set(name, record);
    },
    look,
    views: (filter) =>
      [...state.environments.values()].flatMap(({ environment }) => {
        const { name } = environment;
        if ((filter.environment ?? name) !== name || (filter.name ?? name) !== name) return [];
        const view = promotionView(environment, assessments.get(name), records.get(name) ?? emptyRecord);
        return view === undefined ? [] : [view];
      }),
    history: (environment) => [...(records.get(environment) ?? emptyRecord).history].reverse(),
    promote,
    approve,
  };
}

/** More than that time has passed. */
function isNews({ upstream: before }: PromotionRecord, { upstream: after }: Assessment): boolean {
  return (
    before.changedAt !== after.changedAt ||
    before.soak?.content !== after.soak?.content ||
    before.soak?.since !== after.soak?.since
  );
}
