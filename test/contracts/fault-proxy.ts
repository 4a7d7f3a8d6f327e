import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  Agent as PlainAgent,
  type ServerResponse,
} from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";

/** What may happen to a request on its way to the API server and back. */
export const faults = [
  "429 with Retry-After",
  "500 unsent",
  "500 with the answer lost",
  "503",
  "504",
  "a page of something in between",
  "404 of something in between",
  "no answer",
  "slow answer",
  "reset unsent",
  "reset with the answer lost",
  "truncated answer",
  "410",
  "watch cut in the middle of an event",
  "watch ended by an ERROR event",
  "watch that falls silent",
] as const;
export type Fault = (typeof faults)[number];

/** Stands before an API server and spoils some of what is asked. */
export interface FaultProxy {
  /** Leads to the same cluster, through the proxy. */
  readonly kubeconfig: string;
  /** Requests that came, by what they were: "GET", "list", "watch", "PATCH", … */
  requests(): Readonly<Record<string, number>>;
  /** How often each fault hit. */
  hits(): Readonly<Partial<Record<Fault, number>>>;
  /** From now on every request gets through; watches go on as they are. */
  calm(): void;
  stop(): Promise<void>;
}

export interface FaultProxyOptions {
  /** In [0, 1). Decides which requests are spoilt, and how. */
  readonly random: () => number;
  /** Share of the requests; the first one is always among them. */
  readonly share: number;
  readonly kinds?: readonly Fault[];
}

interface Target {
  readonly origin: URL;
  readonly ca: string | undefined;
}

export async function startFaultProxy(kubeconfig: string, options: FaultProxyOptions): Promise<FaultProxy> {
  const { random, share, kinds = faults } = options;
  const text = await readFile(kubeconfig, "utf8");
  const target = targetOf(text);
  const isSecure = target.origin.protocol === "https:";
  const agent = isSecure ? new Agent({ keepAlive: true, ca: target.ca }) : new PlainAgent({ keepAlive: true });
  const counts = new Map<Fault, number>();
  const asks = new Map<string, number>();
  let isCalm = false;

  function choose(isWatch: boolean): Fault | undefined {
    const possible = kinds.filter((fault) => isWatch || !fault.startsWith("watch"));
    const fault = possible[Math.floor(random() * possible.length)];
    const isSpared = random() >= share && counts.size > 0;
    if (isCalm || isSpared || fault === undefined) return undefined;
    counts.set(fault, (counts.get(fault) ?? 0) + 1);
    return fault;
  }

  /** The API server's answer to a request. */
  function forward(asked: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const url = new URL(asked.url ?? "/", target.origin);
      const { host: _host, ...headers } = asked.headers;
      const sent = (isSecure ? httpsRequest : httpRequest)(url, { method: asked.method, headers, agent });
      sent.once("response", resolve).once("error", reject);
      sent.end(body);
    });
  }

  async function serve(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const body = await bytes(asked);
    const isWatch = asked.url?.includes("watch=true") === true;
    const isList = asked.url?.includes("limit=") === true;
    const what = isWatch ? "watch" : isList ? "list" : (asked.method ?? "");
    asks.set(what, (asks.get(what) ?? 0) + 1);
    const fault = choose(isWatch);
    const spoilt = fault === undefined ? undefined : spoil(fault, answer);
    if (spoilt === "answered") return;
    const got = await forward(asked, body);
    if (fault === "slow answer") await new Promise((resolve) => setTimeout(resolve, 50 + 200 * random()));
    if (isWatch && got.statusCode === 200) return follow(got, answer, fault, random);
    const content = await bytes(got);
    if (fault === "500 with the answer lost") return refuse(answer, 500);
    if (fault === "reset with the answer lost") return void answer.destroy();
    const { "transfer-encoding": _encoding, ...headers } = got.headers;
    answer.writeHead(got.statusCode ?? 500, { ...headers, "content-length": content.length });
    if (fault !== "truncated answer") return void answer.end(content);
    answer.write(content.subarray(0, Math.floor(content.length * random())), () => answer.destroy());
  }

  const server = createServer((asked, answer) => {
    answer.on("error", () => undefined);
    serve(asked, answer).catch(() => answer.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const folder = await mkdtemp(join(tmpdir(), "drover-faults-"));
  const path = join(folder, "kubeconfig");
  const { port } = server.address() as AddressInfo;
  await writeFile(path, kubeconfigTo(text, `http://127.0.0.1:${port}${target.origin.pathname.replace(/\/$/, "")}`));

  return {
    kubeconfig: path,
    requests: () => Object.fromEntries(asks),
    hits: () => Object.fromEntries(counts),
    calm() {
      isCalm = true;
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      agent.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Kubeconfig {
  readonly clusters: readonly {
    readonly name: string;
    readonly cluster: { readonly server: string; readonly "certificate-authority-data"?: string };
  }[];
}

function targetOf(kubeconfig: string): Target {
  const [first] = (parse(kubeconfig) as Kubeconfig).clusters;
  if (first === undefined) throw new Error("The kubeconfig names no cluster");
  const { server, "certificate-authority-data": ca } = first.cluster;
  return { origin: new URL(server), ca: ca === undefined ? undefined : Buffer.from(ca, "base64").toString() };
}

function kubeconfigTo(kubeconfig: string, server: string): string {
  const config = parse(kubeconfig) as Kubeconfig;
  return stringify({ ...config, clusters: config.clusters.map(({ name }) => ({ name, cluster: { server } })) });
}

/** Answers in the API server's place, or lets the request through. */
function spoil(fault: Fault, answer: ServerResponse): "answered" | undefined {
  switch (fault) {
    case "429 with Retry-After":
      refuse(answer, 429, { "retry-after": "1" });
      return "answered";
    case "500 unsent":
      refuse(answer, 500);
      return "answered";
    case "503":
      refuse(answer, 503);
      return "answered";
    case "504":
      refuse(answer, 504);
      return "answered";
    case "410":
      refuse(answer, 410);
      return "answered";
    case "a page of something in between":
      answer.writeHead(200, { "content-type": "text/html" }).end("<html>Sign in</html>");
      return "answered";
    case "404 of something in between":
      answer.writeHead(404, { "content-type": "text/plain" }).end("404 page not found\n");
      return "answered";
    case "no answer":
      return "answered";
    case "reset unsent":
      answer.destroy();
      return "answered";
    default:
      return undefined;
  }
}

const reasons: Readonly<Record<number, string>> = {
  410: "Expired",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};

function statusOf(code: number): object {
  const message = `injected by the test: ${code}`;
  return { kind: "Status", apiVersion: "v1", status: "Failure", code, reason: reasons[code], message };
}

function refuse(answer: ServerResponse, code: number, headers: Readonly<Record<string, string>> = {}): void {
  answer.writeHead(code, { "content-type": "application/json", ...headers }).end(JSON.stringify(statusOf(code)));
}

/** Passes a watch on, up to where the fault is. */
function follow(got: IncomingMessage, answer: ServerResponse, fault: Fault | undefined, random: () => number): void {
  answer.writeHead(200, got.headers);
  answer.flushHeaders();
  answer.once("close", () => got.destroy());
  let left = fault?.startsWith("watch") === true ? Math.floor(2_000 * random()) : Number.POSITIVE_INFINITY;
  got.on("data", (chunk: Buffer) => {
    if (left < 0) return;
    left -= chunk.length;
    if (left >= 0) return void answer.write(chunk);
    if (fault === "watch that falls silent") return;
    const cut = chunk.subarray(0, Math.max(1, Math.floor(chunk.length * random())));
    if (fault === "watch cut in the middle of an event") return void answer.write(cut, () => answer.destroy());
    const line = Buffer.from(`${JSON.stringify({ type: "ERROR", object: statusOf(410) })}\n`);
    answer.end(Buffer.concat([chunk, line]));
  });
  got.on("end", () => answer.end());
  got.on("error", () => answer.destroy());
}

async function bytes(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
