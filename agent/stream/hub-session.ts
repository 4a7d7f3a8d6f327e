import type { Clock } from "../../common/async/index.ts";
import type { Ack, AssignmentHeader, Question } from "../../common/domain/index.ts";
import { AppError, toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { AgentMessage, HubMessage__Output } from "../../common/wire/index.ts";
import { decodeAssignmentHeader } from "../../common/wire/index.ts";
import type { StreamSource } from "../ports.ts";
import { createAnswers } from "./answers.ts";
import type { AssignmentBook } from "./assignment-book.ts";
import type { Collector, Outcome } from "./collector.ts";
import { type HubCall, streamError } from "./hub-call.ts";
import type { IdentitySource, PreparedAnswer, ReportSource, StreamHandlers } from "./ports.ts";
import { createReportSender, type ReportSender } from "./report-sender.ts";
import { createWants } from "./wants.ts";

export interface HubSessionOptions {
  readonly address: string;
  readonly agentVersion: string;
  readonly capabilities: readonly string[];
  readonly call: HubCall;
  readonly book: AssignmentBook;
  readonly collector: Collector;
  readonly identity: IdentitySource;
  readonly source: StreamSource;
  readonly reports: ReportSource;
  readonly handlers: StreamHandlers;
  readonly clock: Clock;
  readonly log: Logger;
}

/** One stream, from Hello to its end. */
export interface HubSession {
  /** Resolves with the reason when the stream is over. */
  run(options: { readonly signal: AbortSignal }): Promise<AppError>;
  ack(ack: Ack): void;
  live(): boolean;
  repair(): void;
}

type State =
  | { readonly phase: "greeting" }
  | { readonly phase: "live"; readonly heartbeatMs: number; readonly sender: ReportSender }
  | { readonly phase: "closed" };

const tickMs = 500;
const welcomeTimeoutMs = 30_000;
/** An unanswered certificate request is repeated after this. */
const certificateTimeoutMs = 60_000;

export function createHubSession(options: HubSessionOptions): HubSession {
  const { address, call, book, collector, identity, reports, handlers, clock, log } = options;
  const { stream } = call;
  let state: State = { phase: "greeting" };
  let repairAsked = false;
  let requestedAt = Number.NEGATIVE_INFINITY;
  let reportLog = "";
  const underWay = new Set<() => void>();
  const wants = createWants({ collector, clock, send });
  const answers = createAnswers({ send: sendSlowly, prepare, log });

  function send(message: AgentMessage): void {
    if (state.phase !== "closed" && stream.writable) stream.write(message);
  }

  /** Resolves when the transport took it, or is gone: one that broke does not say so. */
  function sendSlowly(message: AgentMessage): Promise<void> {
    if (state.phase === "closed" || !stream.writable) return Promise.resolve();
    return new Promise((resolve) => {
      const taken = () => {
        underWay.delete(taken);
        resolve();
      };
      underWay.add(taken);
      stream.write(message, taken);
    });
  }

  async function prepare(question: Question, { signal }: { readonly signal: AbortSignal }): Promise<PreparedAnswer> {
    if (question.kind !== "dry-run") {
      return { values: handlers.answer(question, { signal }), release: () => undefined };
    }
    const root = question.root ?? heldRoot(question.environment);
    await collector.tidy();
    const { complete, release } = await collector.pin(root);
    wants.assigned();
    return { values: whenComplete(complete, handlers.answer({ ...question, root }, { signal }), signal), release };
  }

  function heldRoot(environment: string): string {
    const held = book.held().find(({ assignment }) => assignment.header.environment === environment);
    if (held !== undefined) return held.assignment.header.digest;
    throw new AppError("NOT_FOUND", `Nothing of environment "${environment}" is assigned to this cluster yet`);
  }

  function ack({ environment, generation, digest }: AssignmentHeader, phase: Ack["phase"], reason = ""): void {
    send({ ack: { environment, generation, digest, phase, reason } });
  }

  function conclude(outcomes: readonly Outcome[]): void {
    for (const outcome of outcomes) {
      const { environment, generation } = outcome.header;
      if (outcome.kind === "rejected") {
        const reason = outcome.error.message;
        log.error({ environment, generation, reason }, "Rejected an assignment");
        ack(outcome.header, "rejected", reason);
      } else {
        ack(outcome.header, "received");
        log.info({ environment, generation, revision: outcome.header.revision }, "Received an assignment");
        handlers.onAssignment(outcome.held);
      }
    }
  }

  async function handle(message: HubMessage__Output): Promise<void> {
    switch (message.message) {
      case "welcome":
        if (message.welcome) await welcomed(message.welcome);
        return;
      case "assignment":
        if (message.assignment) await assigned(message.assignment);
        return;
      case "objects":
        conclude(await collector.receive(message.objects?.chunks ?? []));
        wants.received();
        await collector.tidy();
        return;
      case "command":
        if (!message.command) return;
        if (message.command.reconcileNow) handlers.onReconcileNow(message.command.reconcileNow.environment);
        else await answers.command(message.command);
        return;
      case "rotate":
        if (message.rotate) await rotated(message.rotate);
        return;
      case "reportAck":
        if (state.phase !== "live" || !message.reportAck) return;
        state.sender.acknowledged(message.reportAck.version);
        state.sender.pump();
        return;
      // A message that this version does not know: a newer hub's.
      case undefined:
        return;
    }
  }

  async function welcomed(welcome: NonNullable<HubMessage__Output["welcome"]>): Promise<void> {
    if (state.phase === "greeting") {
      const sender = createReportSender({ source: reports, from: welcome.reportVersion, send, log });
      state = { phase: "live", heartbeatMs: Math.max(1, welcome.heartbeatSeconds) * 1000, sender };
      log.info({ hub: address, hubVersion: welcome.hubVersion, epoch: welcome.epoch }, "Connected to the hub");
      sender.pump();
      await collector.repair();
    }
    const environments = new Set(welcome.environments);
    const released = await book.release(welcome.epoch, environments);
    collector.drop(released);
    for (const environment of released) {
      log.info({ environment }, "Released from an environment: its objects stay as they are");
      handlers.onReleased(environment);
    }
  }

  async function assigned(assignment: NonNullable<HubMessage__Output["assignment"]>): Promise<void> {
    const signed = { header: assignment.header, signature: assignment.signature };
    let header: AssignmentHeader;
    try {
      header = book.verify(signed);
    } catch (thrown) {
      const reason = toAppError(thrown).message;
      log.error({ reason }, "Rejected an assignment");
      const claimed = claimedHeader(assignment.header);
      if (claimed !== undefined) ack(claimed, "rejected", reason);
      return;
    }
    if (book.holds(signed, header)) return ack(header, "received");
    conclude(await collector.begin(signed, header));
    wants.assigned();
    await collector.tidy();
  }

  async function rotated({ certificate, ca }: NonNullable<HubMessage__Output["rotate"]>): Promise<void> {
    requestedAt = Number.NEGATIVE_INFINITY;
    if (certificate === "") return requestCertificate();
    try {
      await identity.accept(certificate, ca);
      log.info({ renewAt: new Date(identity.renewAt()).toISOString() }, "Took up a new certificate");
    } catch (thrown) {
      requestedAt = clock.now();
      log.error({ reason: toAppError(thrown).message }, "Cannot take up a new certificate");
    }
  }

  function requestCertificate(): void {
    requestedAt = clock.now();
    send({ certificateRequest: { csr: identity.request() } });
  }

  /** Everything that happens because time passes. */
  async function watchTime(signal: AbortSignal): Promise<void> {
    const startedAt = clock.now();
    let lastHeartbeat = startedAt;
    while (state.phase !== "closed") {
      await clock.sleep(tickMs, { signal });
      const now = clock.now();
      if (state.phase === "greeting") {
        if (now - startedAt > welcomeTimeoutMs) {
          end(new AppError("DEADLINE_EXCEEDED", `The hub at ${address} did not answer within ${welcomeTimeoutMs} ms`));
        }
        continue;
      }
      if (state.phase === "live" && now - lastHeartbeat >= state.heartbeatMs) {
        lastHeartbeat = now;
        send({ heartbeat: { at: now } });
      }
      if (now >= identity.renewAt() && now - requestedAt > certificateTimeoutMs) requestCertificate();
      if (repairAsked) {
        repairAsked = false;
        await collector.repair();
      }
      wants.tick();
    }
  }

  let end: (error: AppError) => void = () => undefined;

  return {
    async run({ signal }) {
      const stopped = new AbortController();
      const ended = new Promise<AppError>((resolve) => {
        end = resolve;
      });
      const onAbort = () => end(new AppError("UNAVAILABLE", "The agent is stopping"));
      signal.addEventListener("abort", onAbort, { once: true });
      // A change of the log's identity means that the hub follows another history: only a new Hello tells it.
      const unsubscribe = reports.onChange(() => {
        if (state.phase !== "live") return;
        state.sender.pump();
        if (reports.logId !== reportLog) end(new AppError("ABORTED", "The report log starts over: saying Hello again"));
      });
      try {
        const { cluster, clusterUid } = identity.current();
        reportLog = reports.logId;
        send({
          hello: {
            cluster,
            clusterUid,
            agentVersion: options.agentVersion,
            kubernetesVersion: options.source.kubernetesVersion(),
            reportLog,
            capabilities: [...options.capabilities],
            ...helloOf(book, options.source),
          },
        });
        watchTime(stopped.signal).catch((thrown: unknown) => {
          if (!stopped.signal.aborted) end(toAppError(thrown, "The stream's timer failed"));
        });
        receive().then(end, (thrown: unknown) => end(toAppError(thrown)));
        if (signal.aborted) onAbort();
        return await ended;
      } finally {
        state = { phase: "closed" };
        stopped.abort();
        answers.close();
        for (const taken of underWay) taken();
        signal.removeEventListener("abort", onAbort);
        unsubscribe();
        stream.cancel();
        call.close();
      }
    },
    ack: (ack) => send({ ack }),
    live: () => state.phase === "live",
    repair() {
      repairAsked = true;
    },
  };

  /** One message after the other; the stream waits while contents are being saved. */
  async function receive(): Promise<AppError> {
    try {
      for await (const message of stream as AsyncIterable<HubMessage__Output>) {
        if (state.phase === "closed") break;
        await handle(message);
      }
      return new AppError("UNAVAILABLE", `The hub at ${address} ended the stream`);
    } catch (thrown) {
      return thrown instanceof AppError ? thrown : streamError(address, thrown);
    }
  }
}

function helloOf(book: AssignmentBook, source: StreamSource) {
  const { epoch, held } = book.greeting(source.held());
  return { epoch, held: [...held] };
}

async function* whenComplete(
  complete: Promise<void>,
  values: AsyncIterable<unknown>,
  signal: AbortSignal,
): AsyncGenerator {
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
  await Promise.race([complete, aborted]);
  yield* values;
}

/** Only to name what was rejected. */
function claimedHeader(bytes: Uint8Array): AssignmentHeader | undefined {
  try {
    return decodeAssignmentHeader(bytes);
  } catch {
    return undefined;
  }
}
