import { X509Certificate } from "node:crypto";
import { backoffMs, type Clock } from "../../common/async/index.ts";
import type { Ack } from "../../common/domain/index.ts";
import type { AppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { AgentStore, StreamSource } from "../ports.ts";
import { openAssignmentBook } from "./assignment-book.ts";
import { createCollector } from "./collector.ts";
import { openHubCall } from "./hub-call.ts";
import { createHubSession, type HubSession } from "./hub-session.ts";
import type { IdentitySource, ReportSource, StreamHandlers } from "./ports.ts";

export interface HubConnectionOptions {
  /** HOST:PORT of the hub's agent port. */
  readonly address: string;
  readonly agentVersion: string;
  /** Kinds of questions that are answered. */
  readonly capabilities: readonly string[];
  readonly identity: IdentitySource;
  readonly store: AgentStore;
  readonly source: StreamSource;
  readonly reports: ReportSource;
  readonly handlers: StreamHandlers;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
}

/** The agent's end of the stream: holds assignments, keeps the connection, sends what is reported. */
export interface HubConnection {
  /**
   * Hands over the assignments on disk, then connects and reconnects until the signal aborts. Rejects only when the store fails
   * at the start.
   */
  run(options: { readonly signal: AbortSignal }): Promise<void>;
  /** Sends how far a generation got. Newest per environment and phase; without a connection it is dropped (Hello says it anew). */
  ack(ack: Ack): void;
  connected(): boolean;
  /** A content of a held assignment turned out to be missing or damaged: fetch it again. */
  repair(): void;
}

/** A refusal that only an operator can lift is tried again this slowly, so that lifting it heals. */
const refusedRetryMs = 60_000;
/** A stream that lasted this long was a good one: the next failure begins with a quick retry. */
const settledMs = 10_000;

export function createHubConnection(options: HubConnectionOptions): HubConnection {
  const { address, identity, clock, random, log } = options;
  let session: HubSession | undefined;

  function warnOfExpiry(): void {
    const { cluster, certificate } = identity.current();
    const ended = new X509Certificate(certificate).validTo;
    if (Date.parse(ended) > clock.now()) return;
    log.error(
      { cluster, ended },
      `The certificate of this agent ended while the hub could not be reached: run 'drover cluster join ${cluster}' and start the agent with the new token`,
    );
  }

  return {
    async run({ signal }) {
      const book = await openAssignmentBook({ ...options, identity: () => identity.current() });
      for (const held of book.held()) options.handlers.onAssignment(held);
      const collector = createCollector({ ...options, book });

      for (let failures = 1; !signal.aborted; failures++) {
        warnOfExpiry();
        const connectedAt = clock.now();
        const call = openHubCall(address, identity.current());
        session = createHubSession({ ...options, call, book, collector });
        const error = await session.run({ signal });
        session = undefined;
        if (signal.aborted) return;

        if (clock.now() - connectedAt > settledMs) failures = 1;
        const waitMs = retryAfterMs(error, failures, random());
        const line = { hub: address, code: error.code, reason: error.message, retryInMs: waitMs };
        if (isRefusal(error)) log.error(line, "The hub refuses this agent");
        else log.warn(line, "Not connected to the hub");
        await clock.sleep(waitMs, { signal }).catch(() => undefined);
      }
    },
    ack: (ack) => session?.ack(ack),
    connected: () => session?.live() ?? false,
    repair: () => session?.repair(),
  };
}

function isRefusal({ code }: AppError): boolean {
  return code === "PERMISSION_DENIED" || code === "UNAUTHENTICATED";
}

function retryAfterMs(error: AppError, failures: number, random: number): number {
  // At least half of it: a fleet that was refused must not come back as one.
  if (isRefusal(error)) return Math.round(refusedRetryMs * (0.75 + random / 2));
  return backoffMs(failures, random, { firstMs: 500, maxMs: 30_000 });
}
