import { type Clock, createCoalesced } from "../../common/async/index.ts";
import type { PromotionRecordView, PromotionView } from "../../common/domain/index.ts";
import { AppError, isAbort, toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { FleetActions, HubStore, PromotionResult, Revision, ViewFilter } from "../ports.ts";
import { unmet } from "../promotion/index.ts";
import { type AssessDependencies, type Assessment, assess } from "./assess.ts";
import { commitNamed } from "./commit-named.ts";
import { emptyRecord, type PromotionRecord, withApproval, withMove, withProof } from "./promotion-record.ts";
import { promotionView } from "./promotion-view.ts";
import { createTrunkLines } from "./trunk-line.ts";

/** Changes that come together are looked at together. */
const settleMs = 100;
/** A soak is looked at, and what is known of it stored, at least so often. */
const soakLookMs = 5_000;
/** After something that failed for reasons outside. */
const retryMs = 30_000;
const automation = "drover";

export interface PromoterDependencies extends AssessDependencies {
  readonly store: HubStore;
  /** Branch that changes come from. */
  readonly trunk: string;
  readonly requestFetch: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Takes commits from one environment to the next, as their gates allow. A compare-and-swap moves a branch, so that any number
 * of hubs and people may try at once and any of them may die at any line: one promotion comes of it, or none.
 */
export interface Promoter {
  /** Looks at an environment whenever something changes that its gates hang on, until the signal aborts. */
  run(options: { readonly signal: AbortSignal }): Promise<void>;
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

export function createPromoter(dependencies: PromoterDependencies): Promoter {
  const { state, git, store, clock, log } = dependencies;
  const collection = store.collection<PromotionRecord>("promotions");
  const records = new Map<string, PromotionRecord>();
  const assessments = new Map<string, Assessment>();
  const timers = new Map<string, NodeJS.Timeout>();
  const storedAt = new Map<string, number>();
  const readLine = createTrunkLines(git, dependencies.trunk);
  let life: AbortSignal | undefined;

  const looks = createCoalesced<string>(async (name) => {
    await clock.sleep(settleMs, { signal: life });
    await look(name);
  });

  function requestLook(name: string): void {
    if (life === undefined || life.aborted) return;
    looks.request(name).catch((thrown: unknown) => {
      if (isAbort(thrown)) return;
      log.warn({ environment: name, err: toAppError(thrown) }, "cannot tell what may be promoted: tried again later");
      lookAt(name, clock.now() + retryMs);
    });
  }

  function lookAt(name: string, at: number): void {
    clearTimeout(timers.get(name));
    if (life === undefined || life.aborted) return;
    timers.set(
      name,
      setTimeout(() => requestLook(name), Math.max(0, at - clock.now())),
    );
  }

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
    const record = records.get(name) ?? emptyRecord;
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

  async function look(name: string): Promise<void> {
    const before = assessments.get(name);
    const found = await assessNow(name);
    if (found === undefined) {
      assessments.delete(name);
      return;
    }
    assessments.set(name, found);
    if (JSON.stringify(before?.gates) !== JSON.stringify(found.gates))
      state.announce({ kind: "promotion", environment: name });
    const { candidate, gates, upstream } = found;
    const mode = state.environments.get(name)?.environment.promotion?.mode;
    const times = gates.flatMap(({ until }) => until ?? []);
    if (upstream.soak?.since !== undefined && times.length > 0) times.push(clock.now() + soakLookMs);
    if (times.length > 0) lookAt(name, Math.min(...times));
    if (candidate === undefined || mode !== "auto" || unmet(gates).length > 0) return;
    await move(name, found, { actor: automation, bypassed: [] });
  }

  async function move(
    name: string,
    { tip, candidate, gates }: Assessment,
    { actor, bypassed }: { readonly actor: string; readonly bypassed: readonly string[] },
  ): Promise<PromotionResult> {
    const branch = state.environments.get(name)?.environment.branch;
    if (branch === undefined || candidate === undefined) throw new RangeError(`Nothing to promote into "${name}"`);
    const to = candidate.commit;
    await git.push(branch, { from: tip, to });
    const at = new Date(clock.now()).toISOString();
    const proof = gates.filter(({ state }) => state === "passed").map((gate) => `${gate.name}: ${gate.reason}`);
    await change(name, (record) =>
      withMove(record, { environment: name, from: tip ?? null, to, actor, at, proof, bypassed }),
    );
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
      if (tip === to || (tip !== undefined && revision === undefined && (await git.isAncestor(to, tip)))) {
        return { environment: name, branch, from: tip ?? null, to: tip ?? to, moved: false };
      }
      if (tip !== undefined && !(await git.isAncestor(tip, to))) {
        throw new AppError(
          "FAILED_PRECONDITION",
          `Cannot promote ${to.slice(0, 12)} into "${name}": its branch "${branch}" is at ${tip.slice(0, 12)}, which is not an ancestor of it`,
        );
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
    const signal = life === undefined ? waking.signal : AbortSignal.any([life, waking.signal]);
    const unsubscribe = state.subscribe(() => waking.abort());
    await clock.sleep(Math.max(0, at - clock.now()), { signal }).catch(() => undefined);
    unsubscribe();
    if (life?.aborted === true) throw new AppError("UNAVAILABLE", "The hub is stopping: ask again");
    await clock.sleep(settleMs, { signal: life });
  }

  return {
    async run({ signal }) {
      life = signal;
      for (const [name, record] of await collection.entries()) records.set(name, record);
      const unsubscribe = state.subscribe(({ kind, environment, cluster }) => {
        if (kind === "promotion" || kind === "object") return;
        for (const { environment: each } of state.environments.values()) {
          if (each.promotion === undefined) continue;
          const concerns = environment === undefined ? cluster !== undefined : isAt(each.name, environment);
          if (concerns) requestLook(each.name);
        }
      });
      for (const name of state.environments.keys()) requestLook(name);
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      unsubscribe();
      for (const timer of timers.values()) clearTimeout(timer);
      await looks.idle();
    },
    views: (filter) =>
      [...state.environments.values()].flatMap(({ environment }) => {
        const { name } = environment;
        if ((filter.environment ?? name) !== name || (filter.name ?? name) !== name) return [];
        const view = promotionView(environment, assessments.get(name), records.get(name) ?? emptyRecord);
        return view === undefined ? [] : [view];
      }),
    history: (environment) => [...(records.get(environment) ?? emptyRecord).history].reverse(),
    promote,
    async approve(name, { revision, actor }) {
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
      requestLook(name);
      return { environment: name, revision: found.commit };
    },
  };

  /** Is `name` the environment itself or behind it? */
  function isAt(name: string, environment: string): boolean {
    for (let at: string | undefined = name; at !== undefined; at = state.environments.get(at)?.environment.from) {
      if (at === environment) return true;
    }
    return false;
  }
}

/** More than that time has passed. */
function isNews({ upstream: before }: PromotionRecord, { upstream: after }: Assessment): boolean {
  return (
    before.changedAt !== after.changedAt ||
    before.soak?.content !== after.soak?.content ||
    before.soak?.since !== after.soak?.since
  );
}
