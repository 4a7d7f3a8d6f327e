import type { IncomingMessage, ServerResponse } from "node:http";
import { ApiError, internal, noSuchResource, unauthorized } from "../api-error.ts";
import type { Cluster } from "../cluster.ts";
import { errorOf } from "../faults.ts";
import type { Json, JsonObject } from "../json.ts";
import { kubernetesVersion } from "../schema/built-in.ts";
import { parseApiPath } from "./api-path.ts";
import { aggregated, apiGroup, groupList, legacyRoot, resourceList } from "./discovery.ts";
import { type Answer, handleResource } from "./handle.ts";
import { openApiDocument, openApiIndex } from "./openapi.ts";

/** Answers one request to one cluster; `path` has the cluster's prefix removed. Never rejects. */
export async function serveCluster(
  cluster: Cluster,
  path: string,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    await serve(cluster, path, query, request, response);
  } catch (thrown) {
    if (response.headersSent || response.destroyed) return void response.destroy();
    const error = thrown instanceof ApiError ? thrown : internal(String(thrown));
    const retry = error.details?.retryAfterSeconds;
    send(response, error.code, error.toStatus(), retry === undefined ? {} : { "retry-after": String(retry) });
  }
}

async function serve(
  cluster: Cluster,
  path: string,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (["/healthz", "/readyz", "/livez"].includes(path)) return sendText(response, 200, "ok");
  if (!isAuthenticated(cluster, request)) throw unauthorized();
  const method = request.method ?? "GET";
  const target = parseApiPath(path);
  const watch = ["true", "1"].includes(query.get("watch") ?? "");
  const plural = target.type === "resource" ? target.plural : "";
  cluster.requests.count(watch ? "WATCH" : method);
  for (const fault of cluster.faults.hit({ method, plural, watch })) {
    if (fault.latencyMs !== undefined)
      await new Promise<void>((done) => void cluster.clock.after(fault.latencyMs ?? 0, done));
    if (fault.answer?.status === "disconnect") return void request.socket.destroy();
    const error = errorOf(fault);
    if (error !== undefined) throw error;
  }
  if (target.type === "plain") return servePlain(cluster, path, request, response);
  const kind = cluster.kinds.byPath(target.apiVersion, target.plural);
  if (kind === undefined) {
    if (resourceList(cluster.kinds.all(), target.apiVersion) === undefined)
      return sendText(response, 404, "404 page not found\n");
    throw noSuchResource();
  }
  const answer = await handleResource({ cluster, kind, path: target, query, request }, response);
  if (answer !== undefined) sendAnswer(response, answer);
}

const loopback = /^(::ffff:)?127[.]|^::1$/;

/**
 * kubectl sends no credentials over plain HTTP, so there, from this machine, and not from a page in a browser (which says its
 * origin), none are needed. Wrong ones are refused.
 */
function isAuthenticated(cluster: Cluster, { headers, socket }: IncomingMessage): boolean {
  if (headers.authorization !== undefined) return headers.authorization === `Bearer ${cluster.token}`;
  return !("encrypted" in socket) && headers.origin === undefined && loopback.test(socket.remoteAddress ?? "");
}

function servePlain(cluster: Cluster, path: string, request: IncomingMessage, response: ServerResponse): void {
  const document = plainDocument(cluster, path.replace(/\/$/, ""), request.headers.accept ?? "");
  if (document === undefined) return sendText(response, 404, "404 page not found\n");
  const type =
    document["kind"] === "APIGroupDiscoveryList"
      ? "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
      : "application/json";
  send(response, 200, document, { "content-type": type });
}

function plainDocument(cluster: Cluster, path: string, accept: string): JsonObject | undefined {
  const kinds = cluster.kinds.all();
  const wantsAggregated = accept.includes("as=APIGroupDiscoveryList") && accept.includes("v=v2;");
  const [, root, ...rest] = path.split("/");
  if (root === "version") return versionDocument();
  if (root === "openapi" && rest[0] === "v3") {
    if (rest.length === 1) return openApiIndex(kinds, cluster.prefix, `${cluster.uid}-${cluster.kinds.revision()}`);
    return openApiDocument(kinds, rest.slice(2).join("/"));
  }
  if (root === "api" && rest.length === 0) return wantsAggregated ? aggregated(kinds, true) : legacyRoot();
  if (root === "apis" && rest.length === 0) return wantsAggregated ? aggregated(kinds, false) : groupList(kinds);
  if (root === "apis" && rest.length === 1) return apiGroup(kinds, rest[0] ?? "");
  return root === "api" || root === "apis" ? resourceList(kinds, rest.join("/")) : undefined;
}

function versionDocument(): JsonObject {
  const [major = "", minor = ""] = kubernetesVersion.slice(1).split(".");
  return {
    major,
    minor,
    gitVersion: `${kubernetesVersion}+simulated`,
    gitCommit: "",
    gitTreeState: "clean",
    buildDate: "1970-01-01T00:00:00Z",
    goVersion: "",
    compiler: "",
    platform: "node",
  };
}

function sendAnswer(response: ServerResponse, { status, body, warnings = [] }: Answer): void {
  const headers = warnings.length === 0 ? {} : { warning: warnings.map((text) => `299 - ${JSON.stringify(text)}`) };
  send(response, status, body, headers);
}

function send(
  response: ServerResponse,
  status: number,
  body: Json,
  headers: Readonly<Record<string, string | string[]>>,
): void {
  const text = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { "content-type": "application/json", "content-length": text.length, ...headers });
  response.end(text);
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" });
  response.end(text);
}
