import { createHash, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** What the documented forges keep: branches by name, pull requests, statuses in the order in which they came. */
export interface DocumentedRepository {
  readonly branches: Map<string, string>;
  readonly protectedBranches: Set<string>;
  readonly pulls: DocumentedPull[];
  readonly statuses: DocumentedStatus[];
}

export interface DocumentedPull {
  readonly number: number;
  readonly head: string;
  readonly base: string;
  title: string;
  body: string;
  state: "open" | "closed" | "merged";
  /** Tip of the head when it ended. */
  lastHead: string | undefined;
  endedBy: string | undefined;
  merged: string | undefined;
  readonly comments: string[];
}

export interface DocumentedStatus {
  readonly revision: string;
  readonly context: string;
  readonly state: string;
  readonly description: string | null;
  readonly url: string | null;
  readonly ref: string;
}

export const newRevision = () => randomBytes(20).toString("hex");

export function createDocumentedRepository(): DocumentedRepository {
  return {
    branches: new Map([["main", newRevision()]]),
    protectedBranches: new Set(),
    pulls: [],
    statuses: [],
  };
}

export function headOf({ branches }: DocumentedRepository, pull: DocumentedPull): string {
  return pull.lastHead ?? branches.get(pull.head) ?? "";
}

export function end(
  repository: DocumentedRepository,
  pull: DocumentedPull,
  state: "closed" | "merged",
  user: string,
): void {
  pull.lastHead = headOf(repository, pull);
  pull.state = state;
  pull.endedBy = user;
  if (state === "closed") return;
  pull.merged = newRevision();
  repository.branches.set(pull.base, pull.merged);
}

export interface DocumentedRequest {
  readonly method: string;
  /** Decoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: Readonly<Record<string, unknown>>;
}

export interface DocumentedAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface DocumentedServer {
  readonly url: string;
  /** "GET /repos/…" of each request that came, answered from memory there or not. */
  readonly requests: string[];
  /** Answers the next request, instead of the forge. */
  answerNext(answer: DocumentedAnswer): void;
  stop(): Promise<void>;
}

/** Answers JSON with ETags, as both forges do. */
export async function serve(
  answer: (request: DocumentedRequest, url: string) => DocumentedAnswer,
): Promise<DocumentedServer> {
  const requests: string[] = [];
  const next: DocumentedAnswer[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString();
      const url = new URL(request.url ?? "/", "http://forge");
      const method = request.method ?? "GET";
      const asked = {
        method,
        path: decodeURIComponent(url.pathname),
        query: url.searchParams,
        headers: request.headers,
      };
      requests.push(`${method} ${asked.path}`);
      const body = (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>;
      const given = next.shift() ?? answer({ ...asked, body }, address());
      const content = given.body === undefined ? "" : JSON.stringify(given.body);
      const etag = `W/"${createHash("sha256").update(content).digest("hex")}"`;
      if (method === "GET" && given.status === 200 && request.headers["if-none-match"] === etag) {
        response.writeHead(304, { etag }).end();
        return;
      }
      const json = { "content-type": "application/json; charset=utf-8" };
      response
        .writeHead(given.status, { ...json, ...(method === "GET" ? { etag } : {}), ...given.headers })
        .end(content);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: address(),
    requests,
    answerNext: (given) => void next.push(given),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
