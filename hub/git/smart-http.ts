import { AppError } from "../../common/errors.ts";
import type { Revision } from "../ports.ts";
import type { GitHttp } from "./http.ts";
import { branchPrefix, isFollowed, type NamedMove, notesRefs, type Refs } from "./mirror.ts";
import type { GitObject } from "./object.ts";
import { packOf } from "./pack.ts";
import { delimiterPacket, encodePacket, flushPacket, PacketReader, packetText } from "./pkt-line.ts";
import type { Remote } from "./remote.ts";
import { failureOfRejection, remoteError } from "./remote-error.ts";

/** Git's smart HTTP protocol, as much of it as a mirror needs. */
export interface SmartHttp {
  /** What a mirror follows of the remote, in one or two small requests. */
  listRefs(signal: AbortSignal): Promise<Refs>;
  /** The pack that leads from `haves` to `wants`, piece by piece. */
  fetchPack(wants: readonly Revision[], haves: readonly Revision[], signal: AbortSignal): AsyncGenerator<Buffer>;
  /** Moves all or none. `objects`: those on the way that the remote may lack; it has all else. */
  moveRefs(moves: readonly NamedMove[], objects: readonly GitObject[], signal: AbortSignal): Promise<void>;
}

const zeroId = "0".repeat(40);

interface Advertisement {
  /** 2, or 1 for everything older. */
  readonly version: 1 | 2;
  readonly refs: ReadonlyMap<string, Revision>;
  /** Of version 1. */
  readonly capabilities: ReadonlySet<string>;
}

export function createSmartHttp(http: GitHttp, remote: Remote): SmartHttp {
  async function discover(
    service: "git-upload-pack" | "git-receive-pack",
    signal: AbortSignal,
  ): Promise<Advertisement> {
    const doing = service === "git-upload-pack" ? "fetch from" : "push to";
    const headers: Record<string, string> = service === "git-upload-pack" ? { "git-protocol": "version=2" } : {};
    const answer = await http.get(`/info/refs?service=${service}`, { doing, signal, headers });
    if (!answer.contentType.startsWith(`application/x-${service}-advertisement`)) {
      const said = `it answered with "${answer.contentType}" where git's smart HTTP protocol was expected`;
      throw remoteError(remote, doing, "missing", said);
    }
    return readAdvertisement(new PacketReader(answer.body));
  }

  async function askForRefs(signal: AbortSignal): Promise<ReadonlyMap<string, Revision>> {
    const body = Buffer.concat([
      encodePacket("command=ls-refs\n"),
      delimiterPacket,
      encodePacket(`ref-prefix ${branchPrefix}\n`),
      ...notesRefs.map((ref) => encodePacket(`ref-prefix ${ref}\n`)),
      flushPacket,
    ]);
    const answer = await http.post("/git-upload-pack", "application/x-git-upload-pack-request", body, {
      doing: "fetch from",
      signal,
      headers: { "git-protocol": "version=2", accept: "application/x-git-upload-pack-result" },
    });
    const refs = new Map<string, Revision>();
    const reader = new PacketReader(answer.body);
    for (let packet = await reader.next(); packet?.kind === "data"; packet = await reader.next()) {
      const text = refuseError(remote, "fetch from", packetText(packet));
      const [oid = "", name = ""] = text.split(" ");
      refs.set(name, oid);
    }
    return refs;
  }

  return {
    async listRefs(signal) {
      const advertisement = await discover("git-upload-pack", signal);
      const refs = advertisement.version === 2 ? await askForRefs(signal) : advertisement.refs;
      return new Map([...refs].filter(([name]) => isFollowed(name)));
    },

    async *fetchPack(wants, haves, signal) {
      const body = Buffer.concat([
        ...wants.map((oid, index) =>
          encodePacket(`want ${oid}${index === 0 ? " side-band-64k ofs-delta no-progress agent=drover" : ""}\n`),
        ),
        flushPacket,
        ...haves.map((oid) => encodePacket(`have ${oid}\n`)),
        encodePacket("done\n"),
      ]);
      const answer = await http.post("/git-upload-pack", "application/x-git-upload-pack-request", body, {
        doing: "fetch from",
        signal,
        headers: { accept: "application/x-git-upload-pack-result" },
      });
      const reader = new PacketReader(answer.body);
      for (let packet = await reader.next(); packet?.kind === "data"; packet = await reader.next()) {
        const band = packet.data[0];
        if (band === 1) yield packet.data.subarray(1);
        else if (band === 3) throw remoteError(remote, "fetch from", "unreachable", packet.data.toString("utf8", 1));
        else if (band !== 2) refuseError(remote, "fetch from", packetText(packet));
      }
    },

    async moveRefs(moves, objects, signal) {
      const { refs, capabilities } = await discover("git-receive-pack", signal);
      for (const { ref, from } of moves) {
        const now = refs.get(ref);
        if (now === from) continue;
        throw remoteError(remote, "push to", "race", now === undefined ? `${ref} is not there` : `${ref} is at ${now}`);
      }
      const asked = moves.filter(({ from, to }) => from !== to);
      if (asked.length === 0) return;
      if (asked.length > 1 && !capabilities.has("atomic")) {
        throw remoteError(remote, "push to", "unable", "it does not support atomic pushes");
      }
      const wanted = `report-status${asked.length > 1 ? " atomic" : ""} agent=drover`;
      const commands = asked.map(({ ref, from, to }, index) =>
        encodePacket(`${from ?? zeroId} ${to} ${ref}${index === 0 ? `\0 ${wanted}` : ""}`),
      );
      const body = Buffer.concat([...commands, flushPacket, packOf(objects)]);
      const answer = await http.post("/git-receive-pack", "application/x-git-receive-pack-request", body, {
        doing: "push to",
        signal,
        headers: { accept: "application/x-git-receive-pack-result" },
      });
      await readReport(
        new PacketReader(answer.body),
        remote,
        asked.map(({ ref }) => ref),
      );
    },
  };
}

async function readAdvertisement(reader: PacketReader): Promise<Advertisement> {
  const refs = new Map<string, Revision>();
  let version: 1 | 2 = 1;
  let capabilities: ReadonlySet<string> = new Set();
  for (let packet = await reader.next(); packet !== undefined; packet = await reader.next()) {
    const text = packetText(packet);
    if (packet.kind !== "data" || text.startsWith("# service=")) continue;
    if (text === "version 2") version = 2;
    if (version === 2 || text === "version 1") continue;
    const [line = "", list] = text.split("\0");
    if (list !== undefined) capabilities = new Set(list.trim().split(" "));
    const oid = line.slice(0, 40);
    // "capabilities^{}" stands for an empty repository, "^{}" behind a name for what a tag points to.
    if (/^[0-9a-f]{40}$/.test(oid) && !line.endsWith("^{}")) refs.set(line.slice(41), oid);
    else if (/^[0-9a-f]{64} /.test(line)) {
      throw new AppError("FAILED_PRECONDITION", "Cannot mirror a repository with SHA-256 object ids");
    }
  }
  return { version, refs, capabilities };
}

async function readReport(reader: PacketReader, remote: Remote, refs: readonly string[]): Promise<void> {
  const lines: string[] = [];
  for (let packet = await reader.next(); packet?.kind === "data"; packet = await reader.next()) {
    lines.push(refuseError(remote, "push to", packetText(packet)));
  }
  if (refs.every((ref) => lines.includes(`ok ${ref}`))) return;
  const reasons = lines.flatMap((line) => /^ng \S+ (.*)$/.exec(line)?.[1] ?? []);
  // What fell with another one does not say why.
  const reason = reasons.find((each) => !/atomic (push|transaction)/i.test(each)) ?? reasons[0];
  if (reason !== undefined) throw remoteError(remote, "push to", failureOfRejection(reason), reason);
  throw remoteError(remote, "push to", "unreachable", lines.join(" ") || "the server did not say what became of it");
}

function refuseError(remote: Remote, doing: "fetch from" | "push to", text: string): string {
  if (text.startsWith("ERR ")) throw remoteError(remote, doing, "unreachable", text.slice(4));
  return text;
}
