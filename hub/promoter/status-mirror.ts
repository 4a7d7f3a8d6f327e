import pLimit from "p-limit";
import { type Clock, createCoalesced } from "../../common/async/index.ts";
import { isAbort, toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { Forge, ForgeStatus, HubStore, Revision } from "../ports.ts";
import type { Gate } from "../promotion/index.ts";
import type { Assessment } from "./assessment.ts";

/** Gates that change together are told together. */
const settleMs = 500;
/** Another reason for the same verdict may wait. */
const reasonMs = 30_000;
const retryMs = 30_000;
const requestsAtOnce = 2;

export interface StatusMirrorDependencies {
  readonly forge: Forge;
  readonly store: HubStore;
  /** Where people see the environment; undefined: unknown. */
  readonly link: (environment: string) => string | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/**
 * Shows the gates of each environment's candidate as commit statuses `drover/<environment>/<gate>`. Beside promotion: a forge that is
 * away or slow holds nothing up. Only what has changed since it was last told is sent, also after a restart; a reason that differs
 * in its numbers only has not changed.
 */
export interface StatusMirror {
  show(environment: string, assessment: Assessment | undefined): void;
  idle(): Promise<void>;
}

/** What the forge was told of one environment, gate → `keyOf`. */
interface Told {
  readonly revision: Revision;
  readonly gates: Readonly<Record<string, string>>;
}

interface Wanted {
  readonly revision: Revision;
  readonly gates: readonly Gate[];
}

export function createStatusMirror(dependencies: StatusMirrorDependencies): StatusMirror {
  const { forge, store, link, clock, log, signal } = dependencies;
  const collection = store.collection<Told>("mirrored-statuses");
  const wanted = new Map<string, Wanted>();
  const asked = new Map<string, string>();
  const timers = new Map<string, NodeJS.Timeout>();
  const limit = pLimit(requestsAtOnce);

  const writes = createCoalesced<string>(async (name) => {
    await clock.sleep(settleMs, { signal });
    const want = wanted.get(name);
    if (want === undefined) return;
    const before = await collection.get(name);
    let told: Told = before?.revision === want.revision ? before : { revision: want.revision, gates: {} };
    for (const { gate, status } of changesOf(name, told, want.gates, link(name))) {
      await limit(() => forge.setStatus(want.revision, status, { signal }));
      told = { ...told, gates: { ...told.gates, [gate.name]: keyOf(gate) } };
      await collection.set(name, told);
    }
  });

  function request(name: string): void {
    clearTimeout(timers.get(name));
    timers.delete(name);
    if (signal.aborted) return;
    writes.request(name).catch((thrown: unknown) => {
      if (isAbort(thrown) || signal.aborted) return;
      const error = toAppError(thrown);
      log.warn({ environment: name, err: error }, "cannot mirror gates as commit statuses: it is tried again");
      requestIn(name, Math.max(retryMs, error.retryAfterMs ?? 0));
    });
  }

  function requestIn(name: string, ms: number): void {
    if (timers.has(name) || signal.aborted) return;
    timers.set(name, setTimeout(() => request(name), ms).unref());
  }

  return {
    show(name, assessment) {
      const { candidate, gates = [] } = assessment ?? {};
      if (candidate === undefined) {
        // What the forge was told of a commit that went its way stays as it was then.
        wanted.delete(name);
        asked.delete(name);
        return;
      }
      wanted.set(name, { revision: candidate.commit, gates });
      const verdicts = JSON.stringify([candidate.commit, gates.map((gate) => [gate.name, gate.state])]);
      const isSame = asked.get(name) === verdicts;
      asked.set(name, verdicts);
      if (isSame) requestIn(name, reasonMs);
      else request(name);
    },
    async idle() {
      for (const timer of timers.values()) clearTimeout(timer);
      await writes.idle();
    },
  };
}

function changesOf(
  environment: string,
  told: Told,
  gates: readonly Gate[],
  url: string | undefined,
): readonly { readonly gate: Gate; readonly status: ForgeStatus }[] {
  const names = new Set(gates.map(({ name }) => name));
  const gone = Object.keys(told.gates)
    .filter((name) => !names.has(name))
    .map((name): Gate => ({ name, state: "passed", reason: "Not in the way any more" }));
  return [...gates, ...gone]
    .filter((gate) => told.gates[gate.name] !== keyOf(gate))
    .map((gate) => ({
      gate,
      status: {
        context: `drover/${environment}/${gate.name}`,
        state: states[gate.state],
        description: gate.reason,
        url,
      },
    }));
}

const states = { passed: "success", waiting: "pending", failed: "failure" } as const;

/** Times and counts that go by are no news. */
function keyOf({ state, reason }: Gate): string {
  return `${state} ${reason.replaceAll(/\d+/g, "#")}`;
}
