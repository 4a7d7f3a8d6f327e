export { type GitSourceOptions, openGitSource } from "./open.ts";
export { encodePacket, flushPacket, maxPacketPayload, type Packet, PacketReader, packetText } from "./pkt-line.ts";
export type { GitCredentials } from "./remote.ts";
