import type * as grpc from "@grpc/grpc-js";
import { fromJSON } from "@grpc/proto-loader";
import type { ProtoGrpcType } from "./gen/agent.ts";
import descriptor from "./gen/descriptor.json" with { type: "json" };
import type { ApplicationBody, ApplicationBody__Output } from "./gen/drover/v1/ApplicationBody.ts";
import type { AssignmentBody, AssignmentBody__Output } from "./gen/drover/v1/AssignmentBody.ts";
import type { AssignmentHeader, AssignmentHeader__Output } from "./gen/drover/v1/AssignmentHeader.ts";
import type { HubMessage, HubMessage__Output } from "./gen/drover/v1/HubMessage.ts";
import type { JobOrder, JobOrder__Output } from "./gen/drover/v1/JobOrder.ts";

type Messages = ProtoGrpcType["drover"]["v1"];

/** The same options as in generate.ts, or the generated types lie. */
const definition = fromJSON(descriptor as Parameters<typeof fromJSON>[0], {
  longs: Number,
  enums: String,
  defaults: true,
  oneofs: true,
});

/** Definition of the AgentStream service for grpc-js servers and clients. */
export const agentStreamService = definition["drover.v1.AgentStream"] as unknown as Messages["AgentStream"]["service"] &
  grpc.ServiceDefinition;

interface Codec<In, Out> {
  encode(message: In): Buffer;
  /** Throws on bytes that are no such message. */
  decode(bytes: Uint8Array): Out;
}

function codec<In, Out>(name: string): Codec<In, Out> {
  const type = definition[`drover.v1.${name}`] as unknown as {
    serialize(value: object): Buffer;
    deserialize(bytes: Buffer): object;
  };
  return {
    encode: (message) => type.serialize(message as object),
    decode: (bytes) => type.deserialize(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)) as Out,
  };
}

export const assignmentHeaderMessage = codec<AssignmentHeader, AssignmentHeader__Output>("AssignmentHeader");
export const assignmentBodyMessage = codec<AssignmentBody, AssignmentBody__Output>("AssignmentBody");
export const applicationBodyMessage = codec<ApplicationBody, ApplicationBody__Output>("ApplicationBody");
export const jobOrderMessage = codec<JobOrder, JobOrder__Output>("JobOrder");
/** To encode a message to agents once and write the same bytes to many streams. */
export const hubMessage = codec<HubMessage, HubMessage__Output>("HubMessage");
