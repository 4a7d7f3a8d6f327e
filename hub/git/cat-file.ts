import type { ChildProcess } from "node:child_process";
import { endGroup, type GitProgram } from "./git-process.ts";
import { MirrorDamaged } from "./mirror.ts";
import type { GitObject } from "./object.ts";

/** One long-lived `git cat-file --batch`, started when first needed and again when it died. */
export interface CatFile {
  read(oid: string): Promise<GitObject | undefined>;
  close(): Promise<void>;
}

interface Question {
  readonly oid: string;
  readonly resolve: (object: GitObject | undefined) => void;
  readonly reject: (reason: Error) => void;
  attempts: number;
}

interface Session {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
  readonly waiting: Question[];
}

const headerLine = /^[0-9a-f]{40} (commit|tree|blob|tag) (\d+)$/;

export function createCatFile(git: GitProgram, folder: string): CatFile {
  let session: Session | undefined;
  let closed = false;

  function start(): Session {
    const child = git.start(["cat-file", "--batch"], { cwd: folder });
    const waiting: Question[] = [];
    const parse = createAnswerParser((object) => waiting.shift()?.resolve(object));
    let stderr = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      try {
        parse(chunk);
      } catch {
        endGroup(child, "SIGKILL");
      }
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      stderr = (stderr + chunk.toString("utf8")).slice(-2048);
    });
    // The end of the process answers all questions; a broken pipe says nothing beyond it.
    child.stdin?.on("error", () => undefined);
    const ended = new Promise<void>((resolve) => {
      const end = () => {
        if (session === opened) session = undefined;
        const reason = new MirrorDamaged(stderr.trim() === "" ? "git cat-file ended" : stderr.trim());
        for (const question of waiting.splice(0)) {
          if (closed || question.attempts >= 2) question.reject(reason);
          else ask(question);
        }
        resolve();
      };
      child.once("close", end);
      child.once("error", end);
    });
    const opened: Session = { child, ended, waiting };
    return opened;
  }

  function ask(question: Question): void {
    question.attempts++;
    session ??= start();
    session.waiting.push(question);
    session.child.stdin?.write(`${question.oid}\n`);
  }

  return {
    read: (oid) =>
      new Promise((resolve, reject) => {
        if (closed) reject(new MirrorDamaged("it is closed"));
        else ask({ oid, resolve, reject, attempts: 0 });
      }),
    async close() {
      closed = true;
      const last = session;
      if (last === undefined) return;
      endGroup(last.child, "SIGKILL");
      await last.ended;
    },
  };
}

/** Cuts "OID TYPE SIZE\nCONTENT\n" and "OID missing\n" out of chunks; each chunk is copied once. */
function createAnswerParser(answer: (object: GitObject | undefined) => void): (chunk: Buffer) => void {
  let line: Buffer = Buffer.alloc(0);
  let body: { readonly type: GitObject["type"]; readonly content: Buffer; filled: number } | undefined;

  return (chunk) => {
    let at = 0;
    while (at < chunk.length) {
      if (body === undefined) {
        const end = chunk.indexOf(0x0a, at);
        line = Buffer.concat([line, chunk.subarray(at, end === -1 ? chunk.length : end)]);
        if (end === -1) return;
        at = end + 1;
        const text = line.toString("latin1");
        line = Buffer.alloc(0);
        const [, type, size] = headerLine.exec(text) ?? [];
        if (type !== undefined) {
          body = { type: type as GitObject["type"], content: Buffer.alloc(Number(size)), filled: 0 };
        } else if (text.endsWith(" missing")) {
          answer(undefined);
        } else {
          throw new Error(`unexpected answer "${text}"`);
        }
      } else {
        const { type, content } = body;
        const copied = chunk.copy(content, body.filled, at);
        body.filled += copied;
        at += copied;
        // The line feed behind the content.
        if (at < chunk.length && body.filled === content.length) {
          at++;
          body = undefined;
          answer({ type, content });
        }
      }
    }
  };
}
