import { encodePacket, flushPacket, maxPacketPayload, type PacketReader, packetText } from "../../hub/git/index.ts";
import type { BareRepository } from "./bare-repository.ts";

export const uploadPackCapabilities =
  "multi_ack_detailed side-band-64k ofs-delta shallow no-progress agent=drover-demo";

interface Request {
  readonly wants: readonly string[];
  readonly capabilities: ReadonlySet<string>;
  /** Commits whose parents the client does not have. */
  readonly shallow: ReadonlySet<string>;
  readonly depth: number | undefined;
}

/** Answers one POST of a fetch or clone (protocol version 0, stateless). Throws with a text for the user. */
export async function* uploadPack(repository: BareRepository, reader: PacketReader): AsyncGenerator<Buffer> {
  const request = await readRequest(reader);
  if (request.wants.length === 0) return;
  const offered = new Set((await repository.refs()).values());
  const foreign = request.wants.find((oid) => !offered.has(oid));
  if (foreign !== undefined) {
    yield encodePacket(`ERR upload-pack: not our ref ${foreign}`);
    return;
  }
  let boundary: ReadonlySet<string> = request.shallow;
  if (request.depth !== undefined) {
    const cut = await cutAt(repository, request.wants, request.depth);
    for (const oid of cut.boundary) if (!request.shallow.has(oid)) yield encodePacket(`shallow ${oid}\n`);
    for (const oid of request.shallow) {
      if (cut.inside.has(oid) && !cut.boundary.has(oid)) yield encodePacket(`unshallow ${oid}\n`);
    }
    yield flushPacket;
    boundary = cut.boundary;
  }
  const negotiation = yield* negotiate(repository, reader, request.capabilities.has("multi_ack_detailed"));
  if (!negotiation.done) return;
  // A new depth changes what the client lacks behind what it has; sending all of it again is simple and right.
  const common = request.depth === undefined ? negotiation.common : [];
  yield* sendPack(
    await repository.pack(await collect(repository, request.wants, common, boundary)),
    request.capabilities,
  );
}

async function readRequest(reader: PacketReader): Promise<Request> {
  const wants: string[] = [];
  const shallow = new Set<string>();
  let capabilities: ReadonlySet<string> = new Set();
  let depth: number | undefined;
  for (let packet = await reader.next(); packet?.kind === "data"; packet = await reader.next()) {
    const [command = "", value = "", ...rest] = packetText(packet).split(" ");
    if (command === "want") {
      if (wants.length === 0) capabilities = new Set(rest);
      wants.push(value);
    } else if (command === "shallow") shallow.add(value);
    else if (command === "deepen") depth = Number(value) > 0 ? Number(value) : undefined;
    else throw new Error(`this demo server does not understand "${command}": fetch without it`);
  }
  return { wants, capabilities, shallow, depth };
}

/** Commits up to `depth` from the tips; those at the edge that have parents are the boundary. */
async function cutAt(repository: BareRepository, tips: readonly string[], depth: number) {
  const inside = new Set<string>();
  const boundary = new Set<string>();
  let level = tips;
  for (let distance = 1; level.length > 0; distance++) {
    const next: string[] = [];
    for (const oid of level) {
      if (inside.has(oid)) continue;
      inside.add(oid);
      const parents = (await repository.parents(oid)) ?? [];
      if (distance < depth) next.push(...parents);
      else if (parents.length > 0) boundary.add(oid);
    }
    level = next;
  }
  return { inside, boundary };
}

async function* negotiate(
  repository: BareRepository,
  reader: PacketReader,
  detailed: boolean,
): AsyncGenerator<Buffer, { readonly done: boolean; readonly common: readonly string[] }> {
  const common: string[] = [];
  for (let packet = await reader.next(); packet !== undefined; packet = await reader.next()) {
    const [command, oid = ""] = packetText(packet).split(" ");
    const last = common.at(-1);
    if (packet.kind === "flush") {
      // One thing in common is enough for a demo: no need to look for a better one.
      if (detailed && last !== undefined) yield encodePacket(`ACK ${last} ready\n`);
      if (detailed || last === undefined) yield encodePacket("NAK\n");
    } else if (command === "have" && (await repository.has(oid))) {
      common.push(oid);
      if (detailed) yield encodePacket(`ACK ${oid} common\n`);
      else if (common.length === 1) yield encodePacket(`ACK ${oid}\n`);
    } else if (command === "done") {
      if (last === undefined) yield encodePacket("NAK\n");
      else if (detailed) yield encodePacket(`ACK ${last}\n`);
      return { done: true, common };
    }
  }
  return { done: false, common };
}

/** Objects that lead from what the client has to what it wants. */
async function collect(
  repository: BareRepository,
  wants: readonly string[],
  common: readonly string[],
  boundary: ReadonlySet<string>,
): Promise<string[]> {
  const seen = new Set<string>();
  for (const oid of common) await repository.contents(oid, seen);
  await walk(repository, common, boundary, (oid) => {
    seen.add(oid);
    return Promise.resolve(true);
  });
  const found: string[] = [];
  await walk(repository, wants, boundary, async (oid) => {
    const fresh = !seen.has(oid);
    if (fresh) found.push(...(await repository.contents(oid, seen)));
    return fresh;
  });
  return found;
}

/** Visits commits from the tips down, each once, beyond none for which `visit` says false. */
async function walk(
  repository: BareRepository,
  tips: readonly string[],
  boundary: ReadonlySet<string>,
  visit: (oid: string) => Promise<boolean>,
): Promise<void> {
  const visited = new Set<string>();
  for (const stack = [...tips]; stack.length > 0; ) {
    const oid = stack.pop();
    if (oid === undefined || visited.has(oid)) continue;
    visited.add(oid);
    if ((await visit(oid)) && !boundary.has(oid)) stack.push(...((await repository.parents(oid)) ?? []));
  }
}

function* sendPack(pack: Buffer, capabilities: ReadonlySet<string>): Generator<Buffer> {
  if (!capabilities.has("side-band-64k")) {
    yield pack;
    return;
  }
  for (let at = 0; at < pack.length; at += maxPacketPayload - 1) {
    yield encodePacket(Buffer.concat([Buffer.from([1]), pack.subarray(at, at + maxPacketPayload - 1)]));
  }
  yield flushPacket;
}
