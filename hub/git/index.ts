export { commitNamed } from "./commit-named.ts";
export { type GitSourceOptions, openGitSource } from "./open.ts";
export { encodePacket, flushPacket, maxPacketPayload, PacketReader, packetText } from "./pkt-line.ts";
export { verifyWebhook } from "./webhook.ts";
