import { encodePacket, flushPacket, type PacketReader, packetText } from "../../hub/git/index.ts";
import type { BareRepository } from "./bare-repository.ts";
import type { RefUpdate } from "./push-event.ts";

export const receivePackCapabilities =
  "report-status atomic delete-refs side-band-64k ofs-delta no-thin agent=drover-demo";

const none = "0".repeat(40);

/** Carries out one push: stores the pack, moves each branch that is where the client believes it is, reports on each. */
export async function receivePack(
  repository: BareRepository,
  reader: PacketReader,
): Promise<{ readonly answer: Buffer; readonly updates: readonly RefUpdate[] }> {
  const commands: RefUpdate[] = [];
  let capabilities: ReadonlySet<string> = new Set();
  for (let packet = await reader.next(); packet?.kind === "data"; packet = await reader.next()) {
    const [command = "", list] = packetText(packet).split("\0");
    if (list !== undefined) capabilities = new Set(list.trim().split(" "));
    const [before = "", after = "", ref = ""] = command.split(" ");
    commands.push({ before, after, ref });
  }
  if (commands.length === 0) return { answer: Buffer.alloc(0), updates: [] };

  const report: string[] = [];
  const updates: RefUpdate[] = [];
  const failure = commands.some((command) => command.after !== none) ? await storePack(repository, reader) : undefined;
  report.push(`unpack ${failure ?? "ok"}\n`);
  const moves = commands.map(({ ref, before, after }) => ({ ref, from: idOf(before), to: idOf(after) }));
  const reasons =
    failure === undefined
      ? await repository.update(moves, capabilities.has("atomic"))
      : moves.map(() => "unpacker error");
  for (const [index, command] of commands.entries()) {
    const reason = reasons[index];
    report.push(reason === undefined ? `ok ${command.ref}\n` : `ng ${command.ref} ${reason}\n`);
    if (reason === undefined) updates.push(command);
  }
  const lines = Buffer.concat([...report.map((line) => encodePacket(line)), flushPacket]);
  const answer = capabilities.has("side-band-64k")
    ? Buffer.concat([encodePacket(Buffer.concat([Buffer.from([1]), lines])), flushPacket])
    : lines;
  return { answer: capabilities.has("report-status") ? answer : Buffer.alloc(0), updates };
}

async function storePack(repository: BareRepository, reader: PacketReader): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  for await (const chunk of reader.rest()) chunks.push(chunk);
  try {
    await repository.unpack(Buffer.concat(chunks));
    return undefined;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message.replaceAll(/\s+/g, " ") : String(thrown);
  }
}

const idOf = (oid: string): string | undefined => (oid === none ? undefined : oid);
