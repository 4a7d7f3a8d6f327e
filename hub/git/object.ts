import { createHash } from "node:crypto";
import { AppError } from "../../common/errors.ts";
import type { Commit, CommitSignature, NewCommit, TreeEntry } from "../ports.ts";

export interface GitObject {
  readonly type: "commit" | "tree" | "blob" | "tag";
  readonly content: Buffer;
}

/** An object that is to be written: its id is the hash of its content. */
export interface NewObject extends GitObject {
  readonly oid: string;
}

const identity = /^(.*?) ?<([^>]*)> (-?\d+)/;

/** Content of a commit object → what the port promises. Unknown headers (signatures, encoding) are passed over. */
export function parseCommit(revision: string, content: Buffer): Commit & { readonly committedAt: number } {
  const text = content.toString("utf8");
  const end = text.indexOf("\n\n");
  const headers = end === -1 ? text : text.slice(0, end);
  let tree = "";
  let author = "";
  let committer = "";
  const parents: string[] = [];
  for (const line of headers.split("\n")) {
    const space = line.indexOf(" ");
    const value = line.slice(space + 1);
    // A line that begins with a space continues the header before it, so its name is "".
    switch (line.slice(0, space)) {
      case "tree":
        tree = value;
        break;
      case "parent":
        parents.push(value);
        break;
      case "author":
        author = value;
        break;
      case "committer":
        committer = value;
        break;
      default:
    }
  }
  const [, name = "", email = "", seconds = "0"] = identity.exec(author) ?? [];
  return {
    revision,
    tree,
    parents,
    author: { name, email, at: isoTime(Number(seconds)) },
    message: end === -1 ? "" : text.slice(end + 2).replace(/\n+$/, ""),
    committedAt: Number(identity.exec(committer)?.[3] ?? seconds),
  };
}

/** The commit with a signature over what it is without: a header after the committer, its further lines indented. */
export function signedCommit({ content }: NewObject, armoured: string): NewObject {
  const end = content.indexOf("\n\n");
  const header = Buffer.from(`\ngpgsig ${armoured.trimEnd().split("\n").join("\n ")}`);
  return newObject("commit", Buffer.concat([content.subarray(0, end), header, content.subarray(end)]));
}

/** Takes the signature out again. */
export function signatureOf(content: Buffer): CommitSignature | undefined {
  const end = content.indexOf("\n\n");
  // Byte for byte: what was signed may be in any encoding.
  const headers = content.toString("latin1", 0, end === -1 ? content.length : end);
  const found = /\ngpgsig ([^\n]*(?:\n [^\n]*)*)/.exec(headers);
  if (found === null) return undefined;
  const payload = Buffer.concat([content.subarray(0, found.index), content.subarray(found.index + found[0].length)]);
  return { payload, armoured: `${(found[1] ?? "").replaceAll("\n ", "\n")}\n` };
}

/** The commit object for a tree: the same bytes, and so the same id, for the same input. */
export function encodeCommit(tree: string, { parents, author, message }: Omit<NewCommit, "treeOf">): NewObject {
  const seconds = Math.floor(Date.parse(author.at) / 1000);
  // What would end the line or the address early would make another commit of it.
  const clean = (text: string) => text.replaceAll(/[<>\n\r\0]/g, "").trim();
  const who = `${clean(author.name)} <${clean(author.email)}> ${seconds} +0000`;
  const lines = [`tree ${tree}`, ...parents.map((parent) => `parent ${parent}`), `author ${who}`, `committer ${who}`];
  return newObject("commit", Buffer.from(`${lines.join("\n")}\n\n${message.replaceAll("\0", "").trimEnd()}\n`));
}

export function newObject(type: GitObject["type"], content: Buffer): NewObject {
  const oid = createHash("sha1").update(`${type} ${content.length}\0`).update(content).digest("hex");
  return { type, oid, content };
}

/** The tree object of these direct entries, in git's order: a folder sorts as if its name ended with "/". */
export function encodeTree(entries: readonly TreeEntry[]): NewObject {
  const key = ({ path, mode }: TreeEntry) => Buffer.from(mode === "tree" ? `${path}/` : path);
  const sorted = [...entries].sort((a, b) => Buffer.compare(key(a), key(b)));
  const parts = sorted.flatMap(({ path, oid, mode }) => [
    Buffer.from(`${writtenModes[mode]} ${path}\0`),
    Buffer.from(oid, "hex"),
  ]);
  return newObject("tree", Buffer.concat(parts));
}

/** Clamped to what a date can say: the seconds come from whoever wrote the commit. */
function isoTime(seconds: number): string {
  const limit = 8.64e12;
  return new Date(Math.max(-limit, Math.min(limit, seconds)) * 1000).toISOString();
}

const modes: Readonly<Record<string, TreeEntry["mode"]>> = {
  "40000": "tree",
  "040000": "tree",
  "120000": "symlink",
  "160000": "submodule",
  "100755": "executable",
};

const writtenModes: Readonly<Record<TreeEntry["mode"], string>> = {
  tree: "40000",
  symlink: "120000",
  submodule: "160000",
  executable: "100755",
  file: "100644",
};

/** Content of one tree object → its direct entries, `path` being the name only. */
export function parseTree(oid: string, content: Buffer): readonly TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(0x20, at);
    const zero = content.indexOf(0, space);
    if (space === -1 || zero === -1 || zero + 21 > content.length) {
      throw new AppError("FAILED_PRECONDITION", `Cannot read tree ${oid}: it is cut off`);
    }
    const path = content.toString("utf8", space + 1, zero);
    // Git itself never writes these; whoever does wants a reader to leave its folder.
    if (path === "" || path === "." || path === ".." || path.includes("/")) {
      throw new AppError("FAILED_PRECONDITION", `Cannot read tree ${oid}: it has an entry named "${path}"`);
    }
    const mode = modes[content.toString("latin1", at, space)] ?? "file";
    entries.push({ path, oid: content.toString("hex", zero + 1, zero + 21), mode });
    at = zero + 21;
  }
  return entries;
}
