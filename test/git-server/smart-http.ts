import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { basename } from "node:path";
import { createGunzip } from "node:zlib";
import { encodePacket, flushPacket, PacketReader } from "../../hub/git/index.ts";
import { type BareRepository, openBareRepository } from "./bare-repository.ts";
import { drained } from "./drained.ts";
import { sendPushEvents, type Webhook } from "./push-event.ts";
import { receivePack, receivePackCapabilities } from "./receive-pack.ts";
import { uploadPack, uploadPackCapabilities } from "./upload-pack.ts";

export interface DemoGitServerOptions {
  /** Bare repository, used by nothing else while it is served. Its base name is the path of the URL. */
  readonly dir: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Told of each push; a receiver that is away is not waited for. */
  readonly webhook?: Webhook;
}

export interface DemoGitServer {
  /** "http://127.0.0.1:PORT/NAME.git": clone from it, push to it. */
  readonly url: string;
  setWebhook(webhook: Webhook | undefined): void;
  stop(): Promise<void>;
}

type Service = "git-upload-pack" | "git-receive-pack";

/**
 * Serves one repository over git's smart HTTP protocol without the git program, so that the demo needs none on this machine.
 * Loopback only and without passwords. Made for small repositories: packs are built in memory and without deltas.
 */
export async function startDemoGitServer(options: DemoGitServerOptions): Promise<DemoGitServer> {
  const repository = openBareRepository(options.dir);
  const name = basename(options.dir).replace(/\.git$/, "");
  const events = new Set<Promise<unknown>>();
  let { webhook } = options;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", base);
    // Names that resolve to loopback by trickery bring a browser here; git and the hub use the address.
    if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? "")) return refuse(response, 421);
    const path = url.pathname.startsWith(`/${name}.git/`) ? url.pathname.slice(name.length + 6) : undefined;
    if (request.method === "GET" && path === "info/refs") {
      const service = url.searchParams.get("service");
      if (service !== "git-upload-pack" && service !== "git-receive-pack") return refuse(response, 403);
      return send(response, `application/x-${service}-advertisement`, [await advertise(repository, service)]);
    }
    if (request.method !== "POST" || (path !== "git-upload-pack" && path !== "git-receive-pack")) {
      return refuse(response, 404);
    }
    if (request.headers["content-type"] !== `application/x-${path}-request`) return refuse(response, 415);
    const body = request.headers["content-encoding"] === "gzip" ? request.pipe(createGunzip()) : request;
    const reader = new PacketReader(body);
    if (path === "git-upload-pack") {
      return send(response, `application/x-${path}-result`, uploadPack(repository, reader));
    }
    const { answer, updates } = await receivePack(repository, reader);
    if (webhook !== undefined && updates.length > 0) {
      const event = sendPushEvents(webhook, { name, url: `${base}/${name}.git` }, updates).catch(() => undefined);
      events.add(event);
      void event.finally(() => events.delete(event));
    }
    return send(response, `application/x-${path}-result`, [answer]);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((thrown: unknown) => {
      const text = `Cannot answer: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { "content-type": "text/plain" }).end(`${text}\n`);
    });
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url: `${base}/${name}.git`,
    setWebhook(value) {
      webhook = value;
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      await Promise.all(events);
    },
  };
}

async function advertise(repository: BareRepository, service: Service): Promise<Buffer> {
  const refs = await repository.refs();
  const head = await repository.head();
  const tip = refs.get(head);
  const lines = [...refs].map(([name, oid]) => `${oid} ${name}`);
  const isUpload = service === "git-upload-pack";
  if (isUpload && tip !== undefined) lines.unshift(`${tip} HEAD`);
  if (lines.length === 0) lines.push(`${"0".repeat(40)} capabilities^{}`);
  const capabilities = isUpload ? `${uploadPackCapabilities} symref=HEAD:${head}` : receivePackCapabilities;
  return Buffer.concat([
    encodePacket(`# service=${service}\n`),
    flushPacket,
    ...lines.map((line, index) => encodePacket(index === 0 ? `${line}\0${capabilities}\n` : `${line}\n`)),
    flushPacket,
  ]);
}

async function send(
  response: ServerResponse,
  type: string,
  chunks: Iterable<Buffer> | AsyncIterable<Buffer>,
): Promise<void> {
  response.setHeader("content-type", type);
  response.setHeader("cache-control", "no-cache");
  for await (const chunk of chunks) if (!response.write(chunk)) await drained(response);
  response.end();
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { "content-type": "text/plain" }).end(`${status}\n`);
}
