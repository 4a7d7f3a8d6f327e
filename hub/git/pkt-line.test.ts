import { array, assert, asyncProperty, uint8Array } from "fast-check";
import { expect, test } from "vitest";
import { delimiterPacket, encodePacket, flushPacket, PacketReader, packetText } from "./pkt-line.ts";

async function* cut(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

test("PacketReader reads what encodePacket() wrote, however it is cut", async () => {
  await assert(
    asyncProperty(array(uint8Array({ maxLength: 40 }), { maxLength: 8 }), async (payloads) => {
      const bytes = Buffer.concat([...payloads.map((each) => encodePacket(Buffer.from(each))), flushPacket]);
      for (const size of [1, 3, 1000]) {
        const reader = new PacketReader(cut(bytes, size));
        for (const each of payloads) expect(await reader.next()).toEqual({ kind: "data", data: Buffer.from(each) });
        expect([await reader.next(), await reader.next()]).toEqual([{ kind: "flush" }, undefined]);
      }
    }),
  );
});

test("rest() gives the raw bytes behind the packets", async () => {
  const bytes = Buffer.concat([encodePacket("a\n"), delimiterPacket, flushPacket, Buffer.from("PACKxyz")]);
  const reader = new PacketReader(cut(bytes, 6));
  const packets = [await reader.next(), await reader.next(), await reader.next()];
  expect(packets.map((packet) => packet?.kind)).toEqual(["data", "delimiter", "flush"]);
  expect(packetText({ kind: "data", data: Buffer.from("a\n") })).toBe("a");
  const rest: Buffer[] = [];
  for await (const chunk of reader.rest()) rest.push(chunk);
  expect(Buffer.concat(rest).toString()).toBe("PACKxyz");
});

test.each([
  ["0009abc", "ends in the middle of a packet"],
  ["00", "ends in the middle of a packet"],
  ["<html>", "not in git's packet format"],
])("PacketReader refuses %j", async (text, reason) => {
  await expect(new PacketReader(cut(Buffer.from(text), 100)).next()).rejects.toThrow(reason);
});
