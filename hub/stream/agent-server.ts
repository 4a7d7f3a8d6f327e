import type { Clock } from "../../common/async/index.ts";
import { AppError, toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { AgentMessage__Output } from "../../common/wire/index.ts";
import type { AgentDesk, AgentServer, Peer } from "../ports.ts";
import { createByteWindow } from "./byte-window.ts";
import { type AgentCall, createGrpcServer, endCall } from "./grpc-server.ts";
import { defaultLimits, type StreamLimits } from "./limits.ts";
import type { PushMemory } from "./offers.ts";
import { createOutbox, type Outbox } from "./outbox.ts";
import { createPacker } from "./packs.ts";
import { peerOf } from "./peer.ts";
import { notConnected } from "./questions.ts";
import { createSession, type Session } from "./session.ts";
import { openTlsFront, type ServerTlsSource } from "./tls-front.ts";

export interface AgentServerOptions {
  readonly host: string;
  /** 0: any free one, see `address`. */
  readonly port: number;
  readonly tls: ServerTlsSource;
  readonly desk: AgentDesk;
  readonly hubVersion: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly limits?: Partial<StreamLimits>;
}

/** How long an ended stream may take to deliver its reason before its connection is cut. */
const farewellMs = 2000;
/** A message that the transport did not take for this long counts as the agent's fault. */
const stalledMs = 2000;

/** Opens the agent port: mutual TLS 1.3, one stream per cluster. FAILED_PRECONDITION when the port is taken. */
export async function createAgentServer(options: AgentServerOptions): Promise<AgentServer> {
  const { desk, clock, log } = options;
  const limits: StreamLimits = { ...defaultLimits, ...options.limits };
  const live = new Map<string, Session>();
  const open = new Map<Session, Outbox>();
  const pushed: PushMemory = new Map();
  const total = createByteWindow(limits.totalWindowBytes);
  const packer = createPacker({
    contentsOf: (root) => desk.contentsOf(root),
    blob: (digest) => desk.blob(digest),
    cacheBytes: limits.packCacheBytes,
  });

  const grpc = createGrpcServer(limits, connect);
  const front = await openTlsFront({ ...options, accept: grpc.accept });
  const stopping = new AbortController();
  void watchTime();

  function connect(call: AgentCall): void {
    const remote = call.getPeer();
    let peer: Peer;
    try {
      peer = peerOf(call.getAuthContext().sslPeerCertificate);
    } catch (thrown) {
      const error = toAppError(thrown);
      log.warn({ remote, reason: error.message }, "Refused a connection on the agent port");
      endCall(call, error);
      return;
    }
    const outbox = createOutbox({
      write: (message, written) => call.write(message, () => written()),
      packer,
      total,
      windowBytes: limits.streamWindowBytes,
      now: () => clock.now(),
    });
    const session = createSession({
      ...{ peer, remote, desk, outbox, limits, packer, pushed, clock, log },
      hubVersion: options.hubVersion,
      onLive,
      onAdmittedTooLate() {
        if (!live.has(peer.cluster)) desk.disconnected(peer.cluster);
      },
      end(error) {
        leave(session);
        endCall(call, error);
        // The reason waits behind what was written; an agent that does not read must not keep its stream that way.
        setTimeout(() => front.cut(remote), farewellMs).unref();
      },
      setPaused: (paused) => (paused ? call.pause() : call.resume()),
    });
    open.set(session, outbox);

    const gone = () => {
      session.gone();
      leave(session);
    };
    // grpc-js tells the end of a stream in any of these ways.
    call.on("cancelled", gone);
    call.on("close", gone);
    call.on("error", gone);
    call.on("end", () => {
      gone();
      call.end();
    });
    call.on("data", (message: AgentMessage__Output) => session.receive(message));
  }

  function onLive(session: Session): void {
    const { cluster } = session.peer;
    const older = live.get(cluster);
    live.set(cluster, session);
    older?.close(new AppError("ABORTED", `A newer stream of cluster "${cluster}" took over, from ${session.remote}`));
  }

  function leave(session: Session): void {
    if (!open.delete(session)) return;
    const { cluster } = session.peer;
    if (live.get(cluster) !== session) return;
    live.delete(cluster);
    log.info({ cluster, remote: session.remote }, "Agent disconnected");
    desk.disconnected(cluster);
  }

  async function watchTime(): Promise<void> {
    try {
      for (;;) {
        await clock.sleep(1000, { signal: stopping.signal });
        const stalled = clock.now() - stalledMs;
        for (const [session, outbox] of open) {
          outbox.writeOff(stalled);
          session.checkTime();
        }
      }
    } catch (thrown) {
      if (!stopping.signal.aborted)
        log.error({ reason: toAppError(thrown).message }, "Stopped watching agents' streams");
    }
  }

  const { address, port } = front.address;
  return {
    address: `${address.includes(":") ? `[${address}]` : address}:${port}`,
    offer: (cluster) => live.get(cluster)?.refresh(),
    reconcileNow: (cluster, environment) => live.get(cluster)?.reconcileNow(environment),
    disconnect: (cluster, reason) => live.get(cluster)?.close(new AppError("PERMISSION_DENIED", reason)),
    connected: (cluster) => live.has(cluster),
    async *ask(cluster, question, options) {
      const session = live.get(cluster);
      if (session === undefined) throw notConnected(cluster);
      yield* session.ask(question, options);
    },
    async close() {
      stopping.abort();
      for (const session of open.keys()) session.close(new AppError("UNAVAILABLE", "The hub is stopping"));
      await grpc.close(() => front.emptied(farewellMs));
      await front.close();
    },
  };
}
