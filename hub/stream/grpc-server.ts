import { type handleBidiStreamingCall, Server, ServerCredentials, type ServerDuplexStream } from "@grpc/grpc-js";
import { AppError, errorCodes } from "../../common/errors.ts";
import { type AgentMessage__Output, agentStreamService } from "../../common/wire/index.ts";
import type { StreamLimits } from "./limits.ts";

/** A stream as grpc-js has it; messages to the agent are encoded already. */
export type AgentCall = ServerDuplexStream<AgentMessage__Output, Buffer>;

/** A gRPC server without a port: connections are handed to it after TLS. */
export function createGrpcServer(limits: StreamLimits, connect: (call: AgentCall) => void) {
  const server = new Server({
    "grpc.keepalive_time_ms": 30_000,
    "grpc.keepalive_timeout_ms": 20_000,
    // A connection without a stream is a probe or an agent that lost interest.
    "grpc.max_connection_idle_ms": 60_000,
    "grpc.max_concurrent_streams": 4,
    "grpc.max_receive_message_length": limits.maxMessageBytes,
    "grpc.enable_channelz": 0,
  });
  const { Connect } = agentStreamService;
  server.addService(
    // Encoded once, written to many streams: the bytes pass through.
    { Connect: { ...Connect, responseSerialize: (message: Buffer) => message } },
    { Connect: connect as handleBidiStreamingCall<AgentMessage__Output, Buffer> },
  );
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  return {
    accept: injector.injectConnection.bind(injector),
    /**
     * Asks the agents to hang up, and cuts whatever is left when `hungUp` resolves. That the server itself is done says nothing:
     * from Node 24 on it is so before the last words are on their way.
     */
    async close(hungUp: () => Promise<void>) {
      server.tryShutdown(() => undefined);
      await hungUp();
      server.forceShutdown();
    },
  };
}

export function endCall(call: AgentCall, error: AppError): void {
  call.emit("error", { code: errorCodes[error.code].grpc, details: error.message });
}
