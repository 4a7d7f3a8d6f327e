export {
  decodeAck,
  decodeApplicationBody,
  decodeAssignmentBody,
  decodeAssignmentHeader,
  encodeApplicationBody,
  encodeAssignmentBody,
  encodeAssignmentHeader,
} from "./assignment-codec.ts";
export { clusterUri, hubUri, parseClusterUri, urisOf } from "./certificate-names.ts";
export {
  type BlobChunk,
  chunksOf,
  decodeBlob,
  type EncodedBlob,
  encodeBlob,
  maxBlobBytes,
  maxChunkBytes,
} from "./chunks.ts";
export type { AgentMessage, AgentMessage__Output } from "./gen/drover/v1/AgentMessage.ts";
export type { Answer__Output } from "./gen/drover/v1/Answer.ts";
export type { Command__Output } from "./gen/drover/v1/Command.ts";
export type { Hello__Output } from "./gen/drover/v1/Hello.ts";
export type { HubMessage__Output } from "./gen/drover/v1/HubMessage.ts";
export type { ReportEntry__Output } from "./gen/drover/v1/ReportEntry.ts";
export { decodeJobOrder, encodeJobOrder, signedJobOrder } from "./job-order-codec.ts";
export { decodeJoinToken, encodeJoinToken, type JoinToken } from "./join-token.ts";
export { agentStreamService, hubMessage } from "./messages.ts";
export { decodeQuestion, encodeQuestion } from "./question-codec.ts";
