import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { silentLogger } from "../../common/telemetry/index.ts";
import type { KubeClient, WatchEvent, WatchOptions } from "../ports.ts";
import { createKubeClient, type KubeClientOptions } from "./kube-client.ts";

/**
 * What no API server does on demand: refusals at the wrong moment, silence, pieces of characters. Everything else is in
 * the port's contract suite.
 */

const pods = { apiVersion: "v1", kind: "Pod", plural: "pods", namespaced: true };

interface Scripted {
  readonly client: KubeClient;
  /** "GET /api/v1/pods?limit=500", in order of arrival. */
  readonly seen: string[];
  readonly kubeconfig: string;
}

type Script = (request: IncomingMessage, response: ServerResponse, seen: readonly string[]) => void;

async function serve(
  script: Script,
  options: Partial<KubeClientOptions> & { prefix?: string } = {},
): Promise<Scripted> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    request.resume().on("end", () => script(request, response, seen));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const folder = await mkdtemp(join(tmpdir(), "drover-kube-"));
  const kubeconfig = join(folder, "kubeconfig");
  const { port } = server.address() as AddressInfo;
  await writeFile(kubeconfig, kubeconfigOf(`http://127.0.0.1:${port}${options.prefix ?? ""}`, "first"));
  const client = await createKubeClient({ kubeconfig, log: silentLogger(), userAgent: "drover-test", ...options });
  onTestFinished(async () => {
    await client.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });
  return { client, seen, kubeconfig };
}

function kubeconfigOf(server: string, token: string): string {
  return JSON.stringify({
    "current-context": "c",
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    clusters: [{ name: "c", cluster: { server } }],
    users: [{ name: "u", user: { token } }],
  });
}

function answer(response: ServerResponse, code: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(code, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

function refuse(response: ServerResponse, code: number, headers: Record<string, string> = {}): void {
  answer(response, code, { kind: "Status", code, message: `refused with ${code}` }, headers);
}

function pod(name: string, resourceVersion: string, note = "") {
  return { metadata: { name, namespace: "shop", uid: name, resourceVersion, annotations: { note } } };
}

function listOf(resourceVersion: string, ...names: string[]) {
  return { metadata: { resourceVersion }, items: names.map((name) => pod(name, "1")) };
}

function line(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}

/** Reads the watch until it has given `count` events, as short words. */
async function follow(client: KubeClient, count: number, options: Partial<WatchOptions> = {}): Promise<string[]> {
  const words: string[] = [];
  for await (const event of client.watch(pods, { metadataOnly: true, ...options })) {
    words.push(wordOf(event));
    if (words.length === count) break;
  }
  return words;
}

function wordOf(event: WatchEvent): string {
  if (event.type === "listed") return `listed ${event.objects.map((object) => object.metadata.name).join(",")}`;
  return `${event.type} ${event.object.metadata.name}`;
}

const isWatch = (request: IncomingMessage) => request.url?.includes("watch=true") === true;
const versionOf = (request: string) => new URL(request.slice(4), "http://x").searchParams.get("resourceVersion");
const watchesOf = (seen: readonly string[]) => seen.filter((request) => request.includes("watch=true")).map(versionOf);
const listsOf = (seen: readonly string[]) => seen.filter((request) => !request.includes("watch=true")).length;

test("a stale token is read again once, and the request repeated", async () => {
  const { client, kubeconfig } = await serve((request, response) => {
    if (request.headers.authorization === "Bearer second") return answer(response, 200, { gitVersion: "v1.36.3" });
    const server = `http://${request.headers.host}`;
    void writeFile(kubeconfig, kubeconfigOf(server, "second")).then(() => refuse(response, 401));
  });
  expect(await client.version()).toBe("v1.36.3");
  expect(client.requests()).toEqual({ discovery: 2 });
});

test("a token that stays refused is UNAUTHENTICATED", async () => {
  const { client } = await serve((_, response) => refuse(response, 401));
  await expect(client.version()).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  expect(client.requests()).toEqual({ discovery: 2 });
});

test("a request is repeated after 429, 503 and a lost connection, then gives up", async () => {
  const { client } = await serve((request, response, seen) => {
    if (seen.length === 1) refuse(response, 429, { "retry-after": "0" });
    else if (seen.length === 2) refuse(response, 503);
    else if (seen.length === 3) request.socket.destroy();
    else if (seen.length === 4) answer(response, 200, { gitVersion: "v1.36.3" });
    else refuse(response, 503);
  });
  expect(await client.version()).toBe("v1.36.3");
  await expect(client.version()).rejects.toMatchObject({ code: "UNAVAILABLE", details: { status: 503 } });
  expect(client.requests()).toEqual({ discovery: 9 });
});

test("a request that gets no answer in time is DEADLINE_EXCEEDED and not repeated", async () => {
  const { client, seen } = await serve(() => {}, { timeoutMs: 300 });
  await expect(client.version()).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
  expect(seen).toHaveLength(1);
});

test("an abort ends the wait for the next attempt", async () => {
  const { client, seen } = await serve((_, response) => refuse(response, 429, { "retry-after": "2" }));
  const controller = new AbortController();
  const reason = new Error("enough");
  const work = client.version({ signal: controller.signal });
  await expect.poll(() => seen.length).toBe(1);
  controller.abort(reason);
  await expect(work).rejects.toBe(reason);
});

test("one signal for very many requests is no reason for a warning", async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on("warning", onWarning);
  onTestFinished(() => void process.off("warning", onWarning));
  const { client } = await serve((_, response) => answer(response, 200, { gitVersion: "v1.36.3" }));
  const { signal } = new AbortController();
  await Promise.all(Array.from({ length: 100 }, () => client.version({ signal })));
  await new Promise((resolve) => setImmediate(resolve));
  expect(warnings).toEqual([]);
});

test("a server behind a path gets requests below that path", async () => {
  const { client, seen } = await serve((_, response) => answer(response, 200, { gitVersion: "v1.36.3" }), {
    prefix: "/k8s/clusters/c-1/",
  });
  await client.version();
  expect(seen).toEqual(["GET /k8s/clusters/c-1/version"]);
});

test("an answer that is no JSON is UNAVAILABLE, whoever wrote it", async () => {
  const { client } = await serve((_, response) =>
    response.writeHead(200, { "content-type": "text/html" }).end("<html>"),
  );
  await expect(client.version()).rejects.toMatchObject({ code: "UNAVAILABLE" });
});

test("kindOf() falls back to one document per group-version", async () => {
  const deployments = { resources: [{ name: "deployments", kind: "Deployment", namespaced: true }] };
  const { client, seen } = await serve((request, response) => {
    if (request.url === "/apis/apps/v1") answer(response, 200, deployments);
    else if (request.url === "/apis/gone/v1") refuse(response, 404);
    else answer(response, 200, { kind: "APIGroupList", groups: [] });
  });
  const found = { apiVersion: "apps/v1", kind: "Deployment", plural: "deployments", namespaced: true };
  expect(await client.kindOf("apps/v1", "Deployment")).toEqual(found);
  expect(await client.kindOf("apps/v1", "Deployment")).toEqual(found);
  await expect(client.kindOf("gone/v1", "Any")).rejects.toMatchObject({ details: { kindUnknown: true } });
  expect(seen).toEqual(["GET /api", "GET /apis", "GET /apis/apps/v1", "GET /apis/gone/v1"]);
});

test("a 404 of something in between says nothing about kinds: the API server's own discovery does", async () => {
  const group = {
    metadata: {},
    versions: [
      { version: "v1", resources: [{ resource: "pods", responseKind: { kind: "Pod" }, scope: "Namespaced" }] },
    ],
  };
  let knows = true;
  const { client } = await serve((request, response) => {
    const isDiscovery = request.url === "/api" || request.url === "/apis";
    if (!isDiscovery) return void response.writeHead(404, { "content-type": "text/plain" }).end("404 page not found");
    const items = knows && request.url === "/api" ? [group] : [];
    answer(
      response,
      200,
      { items },
      { "content-type": "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList" },
    );
  });
  const asked = () => [
    client.get(pods, "shop", "a"),
    client.delete(pods, "shop", "a", {}),
    client.list(pods, { metadataOnly: true }),
  ];
  const codes = (answers: readonly PromiseSettledResult<unknown>[]) =>
    answers.map((result) => (result.status === "rejected" ? result.reason.code : "answered"));
  expect(codes(await Promise.allSettled(asked()))).toEqual(["UNAVAILABLE", "UNAVAILABLE", "UNAVAILABLE"]);
  knows = false;
  expect(codes(await Promise.allSettled(asked()))).toEqual(["NOT_FOUND", "NOT_FOUND", "NOT_FOUND"]);
});

test("kindOf() is UNAVAILABLE where even discovery is not found", async () => {
  const { client } = await serve((_request, response) => void response.writeHead(404).end("404 page not found"));
  await expect(client.kindOf("v1", "Pod")).rejects.toMatchObject({ code: "UNAVAILABLE", details: {} });
});

test("list() starts again when its pages expire", async () => {
  const { client, seen } = await serve((request, response, { length }) => {
    const isSecondPage = request.url?.includes("continue=") === true;
    if (isSecondPage && length === 2) refuse(response, 410);
    else if (isSecondPage) answer(response, 200, listOf("9", "b"));
    else answer(response, 200, { ...listOf("9", "a"), metadata: { resourceVersion: "9", continue: "more" } });
  });
  const objects = await client.list(pods, { metadataOnly: true });
  expect(objects.map((object) => object.metadata.name)).toEqual(["a", "b"]);
  expect(seen).toHaveLength(4);
});

test.each(["status", "event"])("watch() lists again after 410 as %s", async (form) => {
  const { client, seen } = await serve((request, response) => {
    if (!isWatch(request)) return answer(response, 200, listOf(seen.length === 1 ? "10" : "20", `a${seen.length}`));
    if (seen.length > 2) return void response.write(line("ADDED", pod("b", "21")));
    if (form === "status") return refuse(response, 410);
    response.write(line("ADDED", pod("x", "11")));
    response.write(line("ERROR", { kind: "Status", code: 410, reason: "Expired", message: "too old" }));
  });
  const expected = ["listed a1", ...(form === "event" ? ["changed x"] : []), "listed a3", "changed b"];
  expect(await follow(client, expected.length)).toEqual(expected);
  expect(watchesOf(seen)).toEqual(["10", "20"]);
});

test("watch() goes on from the newest bookmark when the server ends the stream", async () => {
  const { client, seen } = await serve((request, response) => {
    if (!isWatch(request)) return answer(response, 200, listOf("10", "a"));
    if (watchesOf(seen).length > 1) return void response.write(line("MODIFIED", pod("a", "40")));
    response.write(line("BOOKMARK", { metadata: { resourceVersion: "30" } }));
    response.end();
  });
  expect(await follow(client, 2)).toEqual(["listed a", "changed a"]);
  expect(watchesOf(seen)).toEqual(["10", "30"]);
});

test("watch() goes on after refusals and cuts without a list, and lists when refusals do not end", async () => {
  const { client, seen } = await serve((request, response) => {
    if (!isWatch(request)) return answer(response, 200, listOf(String(listsOf(seen) * 10)));
    const count = watchesOf(seen).length;
    if (count === 1) return refuse(response, 500);
    if (count === 2) return void request.socket.destroy();
    if (count === 3) return void response.write(line("ADDED", pod("a", "15")), () => request.socket.destroy());
    if (count < 8) return void response.end(line("ERROR", { kind: "Status", code: 500, message: "broken" }));
    response.write(line("ADDED", pod("b", "21")));
  });
  expect(await follow(client, 4)).toEqual(["listed ", "changed a", "listed ", "changed b"]);
  expect(watchesOf(seen)).toEqual(["10", "10", "10", "15", "15", "15", "15", "20"]);
});

test("watch() takes a silent stream for dead and goes on with a new one", async () => {
  const { client, seen } = await serve(
    (request, response) => {
      if (!isWatch(request)) return answer(response, 200, listOf("10"));
      if (watchesOf(seen).length > 1) return void response.write(line("ADDED", pod("a", "11")));
      response.flushHeaders();
    },
    { watchIdleMs: 300 },
  );
  expect(await follow(client, 2)).toEqual(["listed ", "changed a"]);
  expect(watchesOf(seen)).toEqual(["10", "10"]);
});

test("watch() reads objects of several MB whose characters are split over chunks", async () => {
  const note = "🐑é".repeat(700_000);
  const { client } = await serve((request, response) => {
    if (!isWatch(request)) return answer(response, 200, listOf("10"));
    const bytes = Buffer.from(line("ADDED", pod("a", "11", note)) + line("ADDED", pod("b", "11", note)));
    for (let start = 0; start < bytes.length; start += 65_521) response.write(bytes.subarray(start, start + 65_521));
  });
  const changeOf = (name: string) => ({
    type: "changed",
    object: { ...pod(name, "11", note), apiVersion: "v1", kind: "Pod" },
  });
  const events = client.watch(pods, { metadataOnly: false })[Symbol.asyncIterator]();
  onTestFinished(async () => void (await events.return?.()));
  expect((await events.next()).value).toEqual({ type: "listed", objects: [] });
  const arrived = [await events.next(), await events.next()].map(({ value }) => value);
  // Compared as one truth value: a difference would print several MB.
  expect(JSON.stringify(arrived) === JSON.stringify(["a", "b"].map(changeOf))).toBe(true);
});

test("close() ends watches and makes requests FAILED_PRECONDITION", async () => {
  const { client, seen } = await serve((request, response) => {
    if (isWatch(request)) response.flushHeaders();
    else answer(response, 200, listOf("10"));
  });
  const watching = follow(client, 2);
  await expect.poll(() => watchesOf(seen).length).toBe(1);
  await client.close();
  expect(await watching).toEqual(["listed "]);
  await expect(client.version()).rejects.toMatchObject({ code: "FAILED_PRECONDITION" });
});
