import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { drained } from "./drained.ts";
import { git, isolatedGitEnvironment } from "./git-environment.ts";
import { type RefUpdate, sendPushEvents, type Webhook } from "./push-event.ts";

export interface GitServerOptions {
  /** Where the repositories are; default a folder of its own, removed at the end. */
  readonly dir?: string;
  readonly auth?: { readonly user: string; readonly password: string };
  /** POSTed to after each push, as a forge does. */
  readonly onPush?: Webhook;
}

export interface GitServer {
  readonly url: string;
  /** "GET /name.git/info/refs?service=git-upload-pack", oldest first. */
  readonly requests: readonly string[];
  /** Bare, at `path`; `cloneUrl` leads there without passwords and failures. */
  createRepository(name: string): Promise<{ readonly url: string; readonly path: string; readonly cloneUrl: string }>;
  /** From now on this is asked for; undefined: nothing. */
  setAuth(auth: GitServerOptions["auth"]): void;
  /** Down: connections are cut. */
  setDown(down: boolean): void;
  /** From now on fetches get so many bytes and then nothing more; undefined: all again. */
  stallAfter(bytes: number | undefined): void;
  /** Resolves when the next push was accepted, before anybody is told, with `performance.now()` of that moment. */
  nextPush(): Promise<number>;
  /** Where the bare repository is. */
  repositoryPath(name: string): string;
  /** Resolves when an answer hangs. */
  stalled(): Promise<void>;
  setWebhook(webhook: Webhook | undefined): void;
  stop(): Promise<void>;
}

/** The real git, behind HTTP: `git http-backend` as the CGI program that it is. */
export async function startGitServer(options: GitServerOptions = {}): Promise<GitServer> {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), "drover-git-server-")));
  const home = join(dir, ".home");
  await mkdir(home, { recursive: true });
  const execPath = await git(dir, home, ["--exec-path"]);
  const requests: string[] = [];
  let webhook = options.onPush;
  let { auth } = options;
  let down = false;
  let stall: number | undefined;
  const waitingForStall = new Set<() => void>();
  const waitingForPush = new Set<(at: number) => void>();
  const children = new Set<ReturnType<typeof spawn>>();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (down) {
      request.socket.destroy();
      return;
    }
    requests.push(`${request.method} ${request.url}`);
    if (!isAllowed(request, auth)) {
      response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end("Unauthorized\n");
      return;
    }
    const url = new URL(request.url ?? "/", "http://localhost");
    const repository = /^\/([^/]+\.git)\//.exec(url.pathname)?.[1];
    const isPush = url.pathname.endsWith("/git-receive-pack") && repository !== undefined;
    const before = isPush ? await listRefs(join(dir, repository), home) : new Map<string, string>();
    const child = spawn(join(execPath, "git-http-backend"), [], {
      env: { ...isolatedGitEnvironment(home), ...cgiVariables(request, url, dir) },
      stdio: ["pipe", "pipe", "ignore"],
    });
    children.add(child);
    child.once("close", () => children.delete(child));
    response.once("close", () => child.kill());
    child.stdin.on("error", () => undefined);
    request.pipe(child.stdin);
    const stallAt = request.method === "POST" && url.pathname.endsWith("/git-upload-pack") ? stall : undefined;
    await copyCgi(child.stdout, response, stallAt, () => {
      for (const resolve of waitingForStall) resolve();
      waitingForStall.clear();
    });
    if (!isPush) return;
    const updates = difference(before, await listRefs(join(dir, repository), home));
    const at = performance.now();
    for (const resolve of waitingForPush) resolve(at);
    waitingForPush.clear();
    if (webhook !== undefined) {
      await sendPushEvents(webhook, { name: repository.slice(0, -4), url: `${base}/${repository}` }, updates);
    }
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((thrown: unknown) => {
      if (!response.headersSent) response.writeHead(500);
      response.end(String(thrown));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url: base,
    requests,
    async createRepository(name) {
      const path = join(dir, `${name}.git`);
      await git(dir, home, ["init", "--quiet", "--bare", "--initial-branch=main", path]);
      await git(path, home, ["config", "http.receivepack", "true"]);
      return { url: `${base}/${name}.git`, path, cloneUrl: path };
    },
    setAuth(value) {
      auth = value;
    },
    setDown(value) {
      down = value;
      if (value) server.closeAllConnections();
    },
    stallAfter(bytes) {
      stall = bytes;
    },
    nextPush: () => new Promise((resolve) => waitingForPush.add(resolve)),
    repositoryPath: (name) => join(dir, `${name}.git`),
    stalled: () => new Promise((resolve) => waitingForStall.add(resolve)),
    setWebhook(value) {
      webhook = value;
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      const ends = [...children].map((child) => once(child, "close"));
      for (const child of children) child.kill();
      await Promise.all(ends);
      if (options.dir === undefined) await rm(dir, { recursive: true, force: true });
    },
  };
}

function isAllowed(request: IncomingMessage, auth: GitServerOptions["auth"]): boolean {
  if (auth === undefined) return true;
  const expected = `Basic ${Buffer.from(`${auth.user}:${auth.password}`).toString("base64")}`;
  return request.headers.authorization === expected;
}

function cgiVariables(request: IncomingMessage, url: URL, dir: string): NodeJS.ProcessEnv {
  const { headers } = request;
  return {
    GIT_PROJECT_ROOT: dir,
    GIT_HTTP_EXPORT_ALL: "1",
    REQUEST_METHOD: request.method,
    PATH_INFO: decodeURIComponent(url.pathname),
    QUERY_STRING: url.search.slice(1),
    CONTENT_TYPE: headers["content-type"] ?? "",
    ...(headers["content-length"] === undefined ? {} : { CONTENT_LENGTH: headers["content-length"] }),
    ...(headers["content-encoding"] === undefined ? {} : { HTTP_CONTENT_ENCODING: headers["content-encoding"] }),
    GIT_PROTOCOL: String(headers["git-protocol"] ?? ""),
    REMOTE_USER: "test",
    REMOTE_ADDR: "127.0.0.1",
  };
}

/** "Name: value" lines, an empty line, the body. */
async function copyCgi(
  output: Readable,
  response: ServerResponse,
  stallAt: number | undefined,
  onStall: () => void,
): Promise<void> {
  let head: Buffer | undefined = Buffer.alloc(0);
  let sent = 0;
  for await (const chunk of output as AsyncIterable<Buffer>) {
    let body = chunk;
    if (head !== undefined) {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf("\r\n\r\n");
      if (end === -1) continue;
      writeHead(head.toString("latin1", 0, end), response);
      body = head.subarray(end + 4);
      head = undefined;
    }
    if (stallAt !== undefined && sent + body.length > stallAt) {
      response.write(body.subarray(0, stallAt - sent));
      onStall();
      await once(response, "close");
      return;
    }
    sent += body.length;
    if (!response.write(body)) await drained(response);
  }
  response.end();
}

function writeHead(head: string, response: ServerResponse): void {
  let status = 200;
  for (const line of head.split("\r\n")) {
    const [name = "", value = ""] = line.split(/: (.*)/s);
    if (name.toLowerCase() === "status") status = Number.parseInt(value, 10);
    else if (name !== "") response.setHeader(name, value);
  }
  response.writeHead(status);
}

async function listRefs(path: string, home: string): Promise<Map<string, string>> {
  const head = await readFile(join(path, "HEAD"), "utf8").catch(() => undefined);
  if (head === undefined) return new Map();
  const lines = (await git(path, home, ["for-each-ref", "--format=%(refname) %(objectname)"])).split("\n");
  return new Map(lines.filter(Boolean).map((line) => line.split(" ") as [string, string]));
}

function difference(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): RefUpdate[] {
  const none = "0".repeat(40);
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((ref) => ({ ref, before: before.get(ref) ?? none, after: after.get(ref) ?? none }))
    .filter((update) => update.before !== update.after);
}
