import { onTestFinished } from "vitest";
import type { Json } from "./json.ts";
import { createSimulatedClusters, type SimulatedClustersOptions } from "./simulated-clusters.ts";

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
}

export const types = {
  apply: "application/apply-patch+yaml",
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
} as const;

/** A cluster for one test, and requests to it. */
export async function testCluster(options: SimulatedClustersOptions = { controllers: false }) {
  const clusters = await createSimulatedClusters(options);
  onTestFinished(() => clusters.close());
  const cluster = await clusters.add("test");
  async function send(
    method: string,
    path: string,
    body?: Json,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Reply> {
    const response = await fetch(cluster.server + path, {
      method,
      headers: { authorization: `Bearer ${cluster.token}`, "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parsed(text) };
  }
  return {
    clusters,
    cluster,
    inside: cluster.inside,
    send,
    apply: (path: string, body: Json, query = "fieldManager=drover") =>
      send("PATCH", `${path}?${query}`, body, { "content-type": types.apply }),
    patch: (path: string, type: keyof typeof types, body: Json) =>
      send("PATCH", path, body, { "content-type": types[type] }),
  };
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
