import { createCoalesced, createKeyedLock } from "../../common/async/index.ts";
import { digestOf, type Environment } from "../../common/domain/index.ts";
import { isAbort, toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { FleetState } from "../desk/index.ts";
import { type MachineIdentity, treeTrailer } from "../drive/index.ts";
import { proposedBranch } from "../hydrate/index.ts";
import type { Forge, HubStore, PullRequest, Revision } from "../ports.ts";
import { type Change, failed, type Gate, gateSentence, unmet } from "../promotion/index.ts";
import type { Assessment } from "./assessment.ts";
import { noForge } from "./no-forge.ts";
import { judgementOf, whyOver } from "./proposable.ts";
import { type ProposalTextDependencies, proposalText } from "./proposal-text.ts";
import { proposedHead } from "./proposed-head.ts";
import type { PullRequestRecord } from "./pull-request-record.ts";
import { ownSentence } from "./pull-request-text.ts";

/** Webhooks tell of pull requests; without them an open one is looked at so often. */
const pollMs = 60_000;
const retryMs = 30_000;

export interface PullRequestsDependencies extends ProposalTextDependencies {
  readonly forge: Forge | undefined;
  readonly state: FleetState;
  readonly store: HubStore;
  readonly identity: MachineIdentity;
  /** Somebody merged it at the forge: to be remembered like any other promotion, once. */
  readonly merged: (
    environment: string,
    record: PullRequestRecord,
    merge: { readonly to: Revision; readonly by: string },
  ) => Promise<void>;
  readonly requestFetch: () => Promise<void>;
  /** Judge this environment again. */
  readonly wake: (environment: string) => void;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/**
 * Keeps one pull request open per environment that is promoted into that way, for the candidate that upstream has finished with. What
 * is at the forge follows from what was judged, and the forge is asked nothing while that stays the same. A hub that dies at any line
 * finds again what it has opened: there is never a second one.
 */
export interface PullRequests {
  load(): Promise<void>;
  /** What people did at the forge that stands in the way. */
  gates(environment: Environment, candidate: Pick<Change, "commit">): readonly Gate[];
  /** Undefined: nothing is promoted into it any more. */
  judged(environment: string, assessment: Assessment | undefined): void;
  /** Opens one, or brings the one that is open up to date; returns its head. */
  propose(environment: string, assessment: Assessment): Promise<Revision>;
  /**
   * Merges what was proposed, at that head and no other; returns what the branch is at then. `trailers` tell of the promotion in
   * the commit that the forge makes.
   */
  merge(environment: string, head: Revision, trailers: string): Promise<Revision>;
  /** Where people see the open one. */
  url(environment: string): string | undefined;
  /** Something has happened to pull requests at the forge. */
  hint(): void;
  /** Environments may have left fleet.yaml: what was proposed for them is closed. */
  review(): void;
  idle(): Promise<void>;
}

export function createPullRequests(dependencies: PullRequestsDependencies): PullRequests {
  const { forge, state, git, identity, wake, log, signal } = dependencies;
  const collection = dependencies.store.collection<PullRequestRecord>("pull-requests");
  const records = new Map<string, PullRequestRecord>();
  const judgements = new Map<string, Assessment | undefined>();
  /** What was judged when the forge was last brought up to date. */
  const settled = new Map<string, string>();
  const timers = new Map<string, NodeJS.Timeout>();
  /** Failed, and waiting for their timer. */
  const failing = new Set<string>();
  const lock = createKeyedLock<string>();

  async function remember(name: string, record: PullRequestRecord | undefined): Promise<void> {
    if (record === undefined) {
      await collection.delete(name);
      records.delete(name);
      return;
    }
    await collection.set(name, record);
    records.set(name, record);
  }

  const environmentOf = (name: string): Environment | undefined => {
    const environment = state.environments.get(name)?.environment;
    return environment?.promotion?.via === "pullRequest" ? environment : undefined;
  };

  const reconciles = createCoalesced<string>((name) => lock.run(name, () => reconcile(name)));

  async function reconcile(name: string): Promise<void> {
    if (forge === undefined) return;
    const environment = environmentOf(name);
    const found = judgements.get(name);
    const judgement = judgementOf(environment, found);
    const record = (await collection.get(name)) ?? undefined;
    if (record !== undefined) records.set(name, record);
    if (record !== undefined && (await hasEnded(name, record))) return;
    const over = whyOver(state.fleet, name, found);
    if (over !== undefined) {
      if (record !== undefined && record.closedBy === undefined) await close(name, record, over);
      if (record !== undefined) await remember(name, undefined);
      // As long as nobody could read fleet.yaml or the trunk, whatever is open stays as it is.
    } else if (environment !== undefined && found !== undefined) {
      const isHeldBack = record?.closedBy !== undefined && record.candidate === found.candidate?.commit;
      if (!isHeldBack) await bringUpToDate(forge, environment, found);
    }
    settled.set(name, judgement);
    poll(name);
  }

  /** The branch has moved on from what it was made for: by merging it? */
  async function hasEnded(name: string, record: PullRequestRecord): Promise<boolean> {
    const branch = state.environments.get(name)?.environment.branch;
    const tip = branch === undefined ? undefined : git.branches().get(branch);
    if (tip === undefined || tip === record.from || forge === undefined) return false;
    const [now, head] = await Promise.all([git.commit(tip), git.commit(record.head).catch(() => undefined)]);
    // Squashed or rebased, it is there by its files.
    if (head === undefined || (now.tree !== head.tree && !(await git.isAncestor(record.head, tip)))) return false;
    const pull = await forge.pullRequest(record.number, { signal });
    await dependencies.merged(name, record, { to: pull.merged ?? tip, by: pull.endedBy ?? "somebody at the forge" });
    await remember(name, undefined);
    settled.delete(name);
    wake(name);
    return true;
  }

  async function close(name: string, record: PullRequestRecord, reason: string): Promise<void> {
    const { number, isTheirs, closing } = record;
    if (forge === undefined || isTheirs === true) return;
    // Whoever was faster has closed or merged it.
    const { state: now } = await forge.pullRequest(number, { signal });
    if (now !== "open") return;
    if (closing !== reason) {
      await forge.commentPullRequest(number, `Drover closes this: ${reason}.`, { signal });
      // Said once, however often it takes to close it.
      await remember(name, { ...record, closing: reason });
    }
    await forge.closePullRequest(number, { signal });
    log.info({ environment: name, pullRequest: record.url, reason }, "its pull request is closed");
  }

  async function bringUpToDate(at: Forge, environment: Environment, found: Assessment): Promise<PullRequestRecord> {
    const { name, branch } = environment;
    const { candidate, tip, made, gates } = found;
    if (candidate === undefined || tip === undefined) throw new RangeError(`Nothing to propose for "${name}"`);
    const record = records.get(name);
    const head = proposedBranch(environment);
    const present = git.branches().get(head);
    const isSame = record?.candidate === candidate.commit && record.from === tip && record.head === present;
    const proposed = isSame
      ? record.head
      : await proposedHead(git, { environment: name, tip, candidate: candidate.commit, made, present, identity });
    if (proposed !== present) {
      await git.push(head, { from: present, to: proposed }, { signal });
      await dependencies.requestFetch();
    }
    const others = gates.filter((gate) => gate.name !== "forge");
    const text = await proposalText(dependencies, environment, { ...found, gates: others });
    const digest = digestOf(JSON.stringify(text));
    const isOpen = record !== undefined && record.closedBy === undefined;
    let pull: Pick<PullRequest, "number" | "url">;
    let isTheirs = record?.isTheirs;
    if (!isOpen) {
      const opened = await at.openPullRequest({ head, base: branch, ...text }, { signal });
      if (opened.title !== text.title || opened.body !== text.body) {
        await at.updatePullRequest(opened.number, text, { signal });
      }
      pull = opened;
      isTheirs = !opened.body.includes(ownSentence);
      log.info({ environment: name, pullRequest: opened.url }, "a pull request proposes what is to go next");
    } else {
      if (record.text !== digest) await at.updatePullRequest(record.number, text, { signal });
      pull = record;
    }
    const updated: PullRequestRecord = {
      number: pull.number,
      url: pull.url,
      candidate: candidate.commit,
      head: proposed,
      from: tip,
      text: digest,
      proof: others.filter((gate) => gate.state === "passed").map(gateSentence),
      unmet: unmet(others).map(gateSentence),
      isTheirs,
      closedBy: undefined,
    };
    await remember(name, updated);
    if (record?.url !== updated.url || !isOpen) state.announce({ kind: "promotion", environment: name });
    return updated;
  }

  function request(name: string): void {
    clearTimeout(timers.get(name));
    timers.delete(name);
    failing.delete(name);
    if (signal.aborted || forge === undefined) return;
    reconciles.request(name).catch((thrown: unknown) => {
      if (isAbort(thrown) || signal.aborted) return;
      const error = toAppError(thrown);
      log.warn({ environment: name, err: error }, "cannot bring its pull request up to date: it is tried again");
      settled.delete(name);
      failing.add(name);
      later(name, Math.max(retryMs, error.retryAfterMs ?? 0), () => request(name));
    });
  }

  function later(name: string, ms: number, work: () => void): void {
    clearTimeout(timers.get(name));
    if (!signal.aborted) timers.set(name, setTimeout(work, ms).unref());
  }

  function poll(name: string): void {
    const record = records.get(name);
    if (record !== undefined && record.closedBy === undefined && !failing.has(name))
      later(name, pollMs, () => check(name));
  }

  /** What became of an open one at the forge. */
  function check(name: string): void {
    void lock
      .run(name, async () => {
        const record = records.get(name);
        if (forge === undefined || record === undefined || record.closedBy !== undefined) return;
        const { state: now, endedBy } = await forge.pullRequest(record.number, { signal });
        if (now === "merged") await dependencies.requestFetch();
        if (now !== "closed") return;
        await remember(name, { ...record, closedBy: endedBy ?? "somebody at the forge" });
        log.info({ environment: name, pullRequest: record.url, by: endedBy }, "its pull request was closed");
        wake(name);
      })
      .catch((thrown: unknown) => {
        if (!isAbort(thrown))
          log.warn({ environment: name, err: toAppError(thrown) }, "cannot look at its pull request");
      })
      .finally(() => poll(name));
  }
  signal.addEventListener("abort", () => [...timers.values()].forEach(clearTimeout), { once: true });

  return {
    async load() {
      for (const [name, record] of await collection.entries()) records.set(name, record);
    },
    gates(environment, { commit }) {
      const { name, promotion } = environment;
      if (promotion?.via !== "pullRequest") return [];
      if (forge === undefined) {
        const reason = "It is promoted by pull request, and this hub has no forge: start it with --forge-token";
        return [failed("forge", reason)];
      }
      const record = records.get(name);
      if (record?.closedBy === undefined || record.candidate !== commit) return [];
      const how = `a newer commit or \`drover promote ${name}\` opens another one`;
      return [failed("forge", `Pull request #${record.number} was closed by ${record.closedBy}: ${how}`)];
    },
    judged(name, found) {
      judgements.set(name, found);
      if (forge === undefined || (environmentOf(name) === undefined && !records.has(name))) return;
      const isNews = settled.get(name) !== judgementOf(environmentOf(name), found);
      if (isNews && !failing.has(name)) request(name);
    },
    propose: (name, found) =>
      lock.run(name, async () => {
        const environment = environmentOf(name);
        if (environment === undefined || forge === undefined) throw noForge(name);
        const stored = await collection.get(name);
        if (stored !== undefined) records.set(name, stored);
        const { head } = await bringUpToDate(forge, environment, found);
        settled.set(name, judgementOf(environment, found));
        return head;
      }),
    merge: (name, head, trailers) =>
      lock.run(name, async () => {
        const record = records.get(name);
        if (forge === undefined || record === undefined) throw noForge(name);
        const short = record.candidate.slice(0, 12);
        const [candidate, proposed] = await Promise.all([git.commit(record.candidate), git.commit(head)]);
        const treeOf = candidate.tree === proposed.tree ? record.candidate : head;
        const merged = await forge.mergePullRequest(
          record.number,
          {
            head,
            title: `Promote ${short} into ${name} (#${record.number})`,
            message: `${trailers}\n${treeTrailer}: ${treeOf}`,
          },
          { signal },
        );
        await remember(name, undefined);
        settled.delete(name);
        return merged;
      }),
    url(name) {
      const record = records.get(name);
      return record?.closedBy === undefined ? record?.url : undefined;
    },
    review() {
      for (const name of records.keys()) {
        if (whyOver(state.fleet, name, undefined) !== undefined && !failing.has(name)) request(name);
      }
    },
    hint() {
      for (const name of records.keys()) check(name);
    },
    idle: () => reconciles.idle(),
  };
}
