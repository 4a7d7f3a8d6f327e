import { createCoalesced } from "../../common/async/index.ts";
import type { Environment } from "../../common/domain/index.ts";
import { isAbort, toAppError } from "../../common/errors.ts";
import type { Forge, Revision } from "../ports.ts";
import { type Change, failed, type Gate, type KnownStatuses, statusGate, unmet } from "../promotion/index.ts";

/** Without a word from the forge, what is waited for is asked for again so often. */
const pollMs = 30_000;

export interface RequiredStatusesDependencies {
  /** Undefined: this hub has none. */
  readonly forge: Forge | undefined;
  /** The gates of an environment have changed. */
  readonly wake: (environment: string) => void;
  /** Ends with the hub. */
  readonly signal: AbortSignal;
}

/**
 * Commit statuses that environments wait for. Gates tell what is known; the forge is asked beside them, once for each candidate,
 * then when it says that something has changed, and by the clock only while something is missing.
 */
export interface RequiredStatuses {
  gates(environment: Environment, candidate: Pick<Change, "commit">): readonly Gate[];
  /** Nothing waits there any more. */
  forget(environment: string): void;
  /** A status has changed; undefined: of any commit, any of them. */
  hint(news: { readonly revision?: string | undefined; readonly context?: string | undefined }): void;
}

interface Watched {
  /** What is asked for may be edited while it is waited for. */
  environment: Environment;
  readonly revision: Revision;
  known: KnownStatuses;
  timer: NodeJS.Timeout | undefined;
}

export function createRequiredStatuses(dependencies: RequiredStatusesDependencies): RequiredStatuses {
  const { forge, wake, signal } = dependencies;
  const watched = new Map<string, Watched>();

  const reads = createCoalesced<string>(async (name) => {
    const entry = watched.get(name);
    if (entry === undefined || forge === undefined || signal.aborted) return;
    const before = JSON.stringify(gatesOf(entry));
    clearTimeout(entry.timer);
    let againMs = pollMs;
    try {
      entry.known = { kind: "known", statuses: await forge.statuses(entry.revision, { signal }) };
    } catch (thrown) {
      if (isAbort(thrown) || signal.aborted) return;
      const { message, retryAfterMs } = toAppError(thrown);
      entry.known = { kind: "unreachable", reason: message };
      againMs = Math.max(pollMs, retryAfterMs ?? 0);
    }
    if (watched.get(name) !== entry) return;
    const now = gatesOf(entry);
    if (unmet(now).length > 0) entry.timer = setTimeout(() => read(name), againMs).unref();
    if (JSON.stringify(now) !== before) wake(name);
  });

  function read(name: string): void {
    if (!signal.aborted) void reads.request(name);
  }

  const gatesOf = ({ environment, revision, known }: Watched): readonly Gate[] =>
    (environment.promotion?.statuses ?? []).map((context) => statusGate(context, revision, known));

  function forget(name: string): void {
    clearTimeout(watched.get(name)?.timer);
    watched.delete(name);
  }
  signal.addEventListener("abort", () => [...watched.keys()].forEach(forget), { once: true });

  return {
    gates(environment, { commit }) {
      const { name, promotion } = environment;
      const statuses = promotion?.statuses ?? [];
      if (statuses.length === 0) {
        forget(name);
        return [];
      }
      if (forge === undefined) {
        const reason = "This hub has no forge to ask: start it with --forge-token";
        return statuses.map((context) => failed(`status/${context}`, reason));
      }
      const before = watched.get(name);
      if (before?.revision === commit) {
        before.environment = environment;
        return gatesOf(before);
      }
      const entry: Watched = { environment, revision: commit, known: { kind: "unasked" }, timer: undefined };
      forget(name);
      watched.set(name, entry);
      read(name);
      return gatesOf(entry);
    },
    forget,
    hint({ revision, context }) {
      for (const [name, entry] of watched) {
        const { statuses = [] } = entry.environment.promotion ?? {};
        const isWaited = context === undefined || statuses.includes(context);
        if (isWaited && (revision ?? entry.revision) === entry.revision) read(name);
      }
    },
  };
}
