import { AppError } from "../../common/errors.ts";

/** One frame of git's wire format: a line of data or one of the two separators. */
export type Packet =
  | { readonly kind: "data"; readonly data: Buffer }
  | { readonly kind: "flush" }
  | { readonly kind: "delimiter" };

export const flushPacket = Buffer.from("0000");
export const delimiterPacket = Buffer.from("0001");

/** Longest payload of one packet: 65520 bytes less the four of the length. */
export const maxPacketPayload = 65516;

export function encodePacket(data: string | Buffer): Buffer {
  const payload = typeof data === "string" ? Buffer.from(data) : data;
  const length = (payload.length + 4).toString(16).padStart(4, "0");
  return Buffer.concat([Buffer.from(length), payload]);
}

/** Text of a packet without its line feed. */
export function packetText(packet: Packet): string {
  return packet.kind === "data" ? packet.data.toString("utf8").replace(/\n$/, "") : "";
}

/** Reads packets from a stream of bytes; what follows the packets can be taken raw. */
export class PacketReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #buffer: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Undefined at the end of the stream. Throws UNAVAILABLE when the stream ends inside a packet or isn't git's format. */
  async next(): Promise<Packet | undefined> {
    if (!(await this.#fill(4))) {
      if (this.#buffer.length === 0) return undefined;
      throw new AppError("UNAVAILABLE", "Cannot read git's answer: it ends in the middle of a packet");
    }
    const text = this.#buffer.toString("latin1", 0, 4);
    if (!/^[0-9a-fA-F]{4}$/.test(text)) {
      throw new AppError("UNAVAILABLE", "Cannot read git's answer: it is not in git's packet format");
    }
    const length = Number.parseInt(text, 16);
    if (length < 4) {
      this.#buffer = this.#buffer.subarray(4);
      return length === 1 ? { kind: "delimiter" } : { kind: "flush" };
    }
    if (!(await this.#fill(length))) {
      throw new AppError("UNAVAILABLE", "Cannot read git's answer: it ends in the middle of a packet");
    }
    const data = this.#buffer.subarray(4, length);
    this.#buffer = this.#buffer.subarray(length);
    return { kind: "data", data };
  }

  /** Everything behind the packets read so far. */
  async *rest(): AsyncGenerator<Buffer> {
    if (this.#buffer.length > 0) yield this.#buffer;
    this.#buffer = Buffer.alloc(0);
    for (let chunk = await this.#chunks.next(); chunk.done !== true; chunk = await this.#chunks.next()) {
      yield Buffer.from(chunk.value);
    }
  }

  async #fill(length: number): Promise<boolean> {
    while (this.#buffer.length < length) {
      const chunk = await this.#chunks.next();
      if (chunk.done === true) return false;
      this.#buffer = this.#buffer.length === 0 ? Buffer.from(chunk.value) : Buffer.concat([this.#buffer, chunk.value]);
    }
    return true;
  }
}
