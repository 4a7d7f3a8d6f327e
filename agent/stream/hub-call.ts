import type { PeerCertificate } from "node:tls";
import { Client, type ClientDuplexStream, credentials, Metadata } from "@grpc/grpc-js";
import { AppError, type ErrorCode, errorCodes } from "../../common/errors.ts";
import {
  type AgentMessage,
  agentStreamService,
  type HubMessage__Output,
  hubUri,
  urisOf,
} from "../../common/wire/index.ts";
import type { AgentIdentity } from "../ports.ts";

/** One stream over a connection of its own. */
export interface HubCall {
  readonly stream: ClientDuplexStream<AgentMessage, HubMessage__Output>;
  close(): void;
}

export function openHubCall(address: string, identity: AgentIdentity): HubCall {
  const secure = credentials.createSsl(
    Buffer.from(identity.ca),
    Buffer.from(identity.privateKey),
    Buffer.from(identity.certificate),
    { checkServerIdentity },
  );
  const client = new Client(address, secure, {
    "grpc.keepalive_time_ms": 30_000,
    "grpc.keepalive_timeout_ms": 20_000,
    "grpc.keepalive_permit_without_calls": 1,
    // The largest message is a chunk; anything near this is a mistake.
    "grpc.max_receive_message_length": 4 * 1024 * 1024,
    "grpc.enable_retries": 0,
    "grpc.enable_channelz": 0,
    "grpc.use_local_subchannel_pool": 1,
    // Not a host: names are checked above, and an address may not be sent as a server name.
    "grpc.ssl_target_name_override": "drover-hub",
    // The hub is reached as the operator said.
    "grpc.enable_http_proxy": 0,
  });
  const { path, requestSerialize, responseDeserialize } = agentStreamService.Connect;
  const stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, new Metadata());
  // The reader hears of an error; one that comes after it left must not end the process.
  stream.on("error", () => undefined);
  return { stream, close: () => client.close() };
}

/** By the hub's own name, not the host's: the agent may come through a tunnel, and only the hub's CA can say this name. */
function checkServerIdentity(_host: string, certificate: PeerCertificate): Error | undefined {
  return urisOf(certificate.subjectaltname).includes(hubUri)
    ? undefined
    : new Error(`the server's certificate is not a hub's (${certificate.subjectaltname ?? "no names"})`);
}

const codesByNumber = new Map<number, ErrorCode>(
  Object.entries(errorCodes).map(([code, { grpc }]) => [grpc, code as ErrorCode]),
);

/** What grpc-js tells about a failed stream, in words for the log. */
export function streamError(address: string, thrown: unknown): AppError {
  const { code, details } = thrown as { code?: unknown; details?: unknown };
  if (typeof code !== "number" || typeof details !== "string") {
    return new AppError("UNAVAILABLE", `Lost the hub at ${address}: ${String(thrown)}`, { cause: thrown });
  }
  const known = codesByNumber.get(code) ?? "UNAVAILABLE";
  if (known !== "UNAVAILABLE") return new AppError(known, details, { cause: thrown });
  const last = /Last error: (?:Error: )?(.*?)\. Resolution note:/.exec(details)?.[1];
  return new AppError(known, last === undefined ? details : connectReason(address, last), { cause: thrown });
}

function connectReason(address: string, reason: string): string {
  if (/self[- ]signed certificate|unable to (verify|get)|signature failure/i.test(reason)) {
    return `Cannot trust the hub at ${address}: another CA issued its certificate (${reason}); this agent joined another hub, or the hub lost its keys`;
  }
  if (/wrong version number|packet length too long/i.test(reason)) {
    return `Cannot reach the hub at ${address}: it does not speak TLS`;
  }
  if (/ECONNRESET|socket hang up|Socket closed|Failed to connect|disconnected/i.test(reason)) {
    return `Cannot reach the hub at ${address}: it cut the connection (${reason}); if it refused this agent's certificate, its log says why`;
  }
  return `Cannot reach the hub at ${address}: ${reason}`;
}
