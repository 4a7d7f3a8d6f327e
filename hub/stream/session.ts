import { X509Certificate } from "node:crypto";
import type { Clock } from "../../common/async/index.ts";
import type { HeldGeneration, Question } from "../../common/domain/index.ts";
import { AppError, errorCodes, toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import { type AgentMessage__Output, decodeAck, type Hello__Output, hubMessage } from "../../common/wire/index.ts";
import type { AgentDesk, Cancellable, Greeting, Peer } from "../ports.ts";
import type { StreamLimits } from "./limits.ts";
import { createOffers, type Offers, type PushMemory } from "./offers.ts";
import type { Outbox } from "./outbox.ts";
import type { Packer } from "./packs.ts";
import { createQuestions, notConnected, type Questions } from "./questions.ts";
import { decodeReport } from "./report-codec.ts";

export interface SessionOptions {
  readonly peer: Peer;
  readonly remote: string;
  readonly desk: AgentDesk;
  readonly outbox: Outbox;
  readonly limits: StreamLimits;
  readonly hubVersion: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly packer: Packer;
  readonly pushed: PushMemory;
  /** Called when the agent was let in, before it is welcomed. */
  readonly onLive: (session: Session) => void;
  /** Called when the desk let the agent in after its stream had ended. */
  readonly onAdmittedTooLate: () => void;
  /** Ends the stream with this status; called once. */
  readonly end: (error: AppError) => void;
  /** No more messages for now, or again. */
  readonly setPaused: (paused: boolean) => void;
}

/** One stream of one agent. Messages go in, the outbox sends. */
export interface Session {
  readonly peer: Peer;
  readonly remote: string;
  receive(message: AgentMessage__Output): void;
  /** Look at the desk's offers again. */
  refresh(): void;
  reconcileNow(environment: string): void;
  ask(question: Question, options: Cancellable): AsyncIterable<unknown>;
  /** Ends a stream that breaks the time limits; called now and then. */
  checkTime(): void;
  /** Ends the stream from our side. */
  close(error: AppError): void;
  /** The stream is gone. */
  gone(): void;
}

type State =
  | { readonly phase: "greeting"; readonly since: number; readonly helloSeen: boolean }
  | { readonly phase: "live"; readonly offers: Offers; readonly questions: Questions }
  | { readonly phase: "closed" };

/** A stream may outlive its certificate this long: the agent may be about to renew it. */
const expiryGraceMs = 5 * 60_000;
/** Reports the hub has not stored yet; above this the stream is paused. */
const maxPendingReports = 16;

export function createSession(options: SessionOptions): Session {
  const { peer, remote, desk, outbox, limits, clock, log, end } = options;
  let state: State = { phase: "greeting", since: clock.now(), helloSeen: false };
  let lastHeard = clock.now();
  let certificateEndsAt = Date.parse(peer.expiresAt);
  let reports: Promise<void> = Promise.resolve();
  let pendingReports = 0;
  let reportLog = "";

  const session: Session = {
    peer,
    remote,
    receive(message) {
      if (state.phase === "closed") return;
      lastHeard = clock.now();
      try {
        if (state.phase === "greeting") greet(message);
        else handle(message, state);
      } catch (thrown) {
        close(toAppError(thrown, "Cannot handle a message of the agent"));
      }
    },
    refresh() {
      if (state.phase === "live") state.offers.refresh();
    },
    reconcileNow(environment) {
      const id = `reconcile ${environment}`;
      outbox.control(id, hubMessage.encode({ command: { id, reconcileNow: { environment } } }));
    },
    ask(question, cancellable) {
      if (state.phase === "live") return state.questions.ask(question, cancellable);
      throw notConnected(peer.cluster);
    },
    checkTime() {
      if (state.phase === "greeting" && clock.now() - state.since > limits.helloTimeoutMs) {
        close(new AppError("DEADLINE_EXCEEDED", `The agent did not say Hello within ${limits.helloTimeoutMs} ms`));
      }
      if (state.phase === "live" && clock.now() > certificateEndsAt + expiryGraceMs) {
        close(new AppError("UNAUTHENTICATED", "The agent's certificate ended and it did not ask for another one"));
      }
      const silence = clock.now() - lastHeard;
      // While reports wait to be stored we may not be listening.
      if (state.phase === "live" && pendingReports === 0 && silence > limits.heartbeatSeconds * 3000) {
        close(new AppError("DEADLINE_EXCEEDED", `The agent was silent for ${Math.round(silence / 1000)} s`));
      }
    },
    close,
    gone() {
      if (state.phase === "live") state.questions.close();
      state = { phase: "closed" };
      outbox.close();
    },
  };
  return session;

  function close(error: AppError): void {
    if (state.phase === "closed") return;
    log.info({ cluster: peer.cluster, remote, code: error.code, reason: error.message }, "Ending an agent's stream");
    session.gone();
    end(error);
  }

  function greet(message: AgentMessage__Output): void {
    if (state.phase !== "greeting") return;
    if (message.message !== "hello" || !message.hello || state.helloSeen) {
      throw new AppError("INVALID_ARGUMENT", "The agent must begin with exactly one Hello and wait for Welcome");
    }
    state = { ...state, helloSeen: true };
    const { hello } = message;
    if (hello.cluster !== peer.cluster || hello.clusterUid !== peer.clusterUid) {
      throw new AppError(
        "PERMISSION_DENIED",
        `The agent says it is cluster "${hello.cluster}" with UID "${hello.clusterUid}", but its certificate is for "${peer.cluster}" with UID "${peer.clusterUid}"`,
      );
    }
    const greeting = greetingOf(hello);
    reportLog = greeting.reportLog;
    desk.admit(peer, greeting).then(
      ({ reportVersion }) => welcome(greeting, new Set(hello.capabilities), reportVersion),
      (thrown: unknown) => close(toAppError(thrown, `Cannot admit cluster "${peer.cluster}"`)),
    );
  }

  function welcome(greeting: Greeting, capabilities: ReadonlySet<string>, reportVersion: number): void {
    if (state.phase !== "greeting") return options.onAdmittedTooLate();
    const offers = createOffers({
      cluster: peer.cluster,
      greeting,
      desk,
      outbox,
      packer: options.packer,
      pushed: options.pushed,
      sendWelcome: (environments) =>
        outbox.control(
          "welcome",
          hubMessage.encode({
            welcome: {
              epoch: desk.epoch,
              heartbeatSeconds: limits.heartbeatSeconds,
              reportVersion,
              environments: [...environments],
              hubVersion: options.hubVersion,
            },
          }),
        ),
    });
    const questions = createQuestions({
      cluster: peer.cluster,
      agentVersion: greeting.agentVersion,
      capabilities,
      begin(id, message, question) {
        if (question.kind !== "dry-run" || question.root === undefined) outbox.control(`question ${id}`, message);
        else offers.show(`question ${id}`, { environment: question.environment, root: question.root, message });
      },
      withdraw: (id) => outbox.assign(`question ${id}`, undefined),
      control: (slot, message) => outbox.control(slot, message),
    });
    state = { phase: "live", offers, questions };
    lastHeard = clock.now();
    log.info({ cluster: peer.cluster, remote, agentVersion: greeting.agentVersion }, "Agent connected");
    options.onLive(session);
    offers.refresh();
  }

  function handle(message: AgentMessage__Output, { offers, questions }: State & { readonly phase: "live" }): void {
    desk.seen(peer.cluster);
    switch (message.message) {
      case "hello":
        throw new AppError("INVALID_ARGUMENT", "The agent said Hello twice");
      case "want":
        if (outbox.wanted() > limits.maxWants) {
          throw new AppError("RESOURCE_EXHAUSTED", `The agent asks for more than ${limits.maxWants} lists at once`);
        }
        if (message.want) offers.want(message.want.digests);
        return;
      case "ack": {
        const ack = message.ack ? decodeAck(message.ack) : undefined;
        if (ack === undefined) return;
        offers.acknowledged(ack);
        desk
          .acknowledge(peer.cluster, ack)
          .catch((thrown: unknown) => close(toAppError(thrown, "Cannot store an ack")));
        return;
      }
      case "report":
        if (message.report) storeReport(message.report);
        return;
      case "answer":
        if (message.answer) questions.answered(message.answer);
        return;
      case "certificateRequest":
        if (message.certificateRequest) rotate(message.certificateRequest.csr);
        return;
      case "heartbeat":
      // A message that this version does not know: a newer agent's.
      case undefined:
        return;
    }
  }

  function storeReport(report: NonNullable<AgentMessage__Output["report"]>): void {
    const { version, complete } = report;
    const changes = decodeReport(report, (key, reason) =>
      log.warn({ cluster: peer.cluster, key, reason }, "Ignored a report entry that cannot be read"),
    );
    pendingReports += 1;
    if (pendingReports === maxPendingReports) options.setPaused(true);
    reports = reports.then(async () => {
      if (state.phase === "closed") return;
      try {
        await desk.report(peer.cluster, reportLog, version, changes, complete);
        outbox.control("report-ack", hubMessage.encode({ reportAck: { version } }));
      } catch (thrown) {
        close(new AppError("UNAVAILABLE", `Cannot store the report: ${toAppError(thrown).message}`, { cause: thrown }));
      }
      pendingReports -= 1;
      if (pendingReports === maxPendingReports - 1) options.setPaused(false);
    });
  }

  function rotate(csr: string): void {
    desk.rotate(peer, csr).then(
      ({ certificate, ca }) => {
        certificateEndsAt = Date.parse(new X509Certificate(certificate).validTo);
        outbox.control("rotate", hubMessage.encode({ rotate: { certificate, ca } }));
      },
      (thrown: unknown) => {
        const error = toAppError(thrown, "Cannot issue a new certificate");
        log.warn({ cluster: peer.cluster, reason: error.message }, "Refused a certificate request");
        // A refusal is final for this stream; a passing failure is asked again by the agent.
        if (!errorCodes[error.code].retryable) close(error);
      },
    );
  }
}

const maxHeld = 1000;

function greetingOf(hello: Hello__Output): Greeting {
  const held: HeldGeneration[] = hello.held.slice(0, maxHeld).map((entry) => ({ ...entry }));
  const { agentVersion, kubernetesVersion, epoch, reportLog } = hello;
  return { agentVersion, kubernetesVersion, epoch, held, reportLog };
}
