import type { IncomingMessage, ServerResponse } from "node:http";
import type { WriteOptions } from "../admission/write-options.ts";
import { ApiError, badRequest, invalid, methodNotAllowed, noSuchResource, required } from "../api-error.ts";
import { timestamp } from "../clock.ts";
import type { Cluster } from "../cluster.ts";
import type { DeleteOptions, Propagation } from "../deletion.ts";
import { isObject, type Json, type JsonObject, type KubeObject, objectAt, textAt } from "../json.ts";
import type { Kind } from "../kinds.ts";
import type { PatchType, Written } from "../objects.ts";
import { scaleOf, writeScale } from "../scale.ts";
import type { IncludeObject } from "../tables/table.ts";
import type { ApiPath } from "./api-path.ts";
import { readBody } from "./body.ts";
import { listPage, selectionOf } from "./list.ts";
import { listViewOf, representationOf, type ViewOptions, viewOf } from "./representation.ts";
import { answerReview } from "./reviews.ts";
import { serveWatch } from "./watch.ts";

export interface ResourceRequest {
  readonly cluster: Cluster;
  readonly kind: Kind;
  readonly path: Extract<ApiPath, { type: "resource" }>;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
}

/** What is answered; undefined when the response is streamed. */
export interface Answer {
  readonly status: number;
  readonly body: JsonObject;
  readonly warnings?: readonly string[];
}

/** Answers a request for objects. */
export async function handleResource(asked: ResourceRequest, response: ServerResponse): Promise<Answer | undefined> {
  const { kind, path, request } = asked;
  // The path /api/v1/namespaces/x/deployments of another scope than the kind's is not served.
  if (!kind.namespaced && path.namespace !== "") throw noSuchResource();
  if (kind.virtual) return { status: 201, body: answerReview((await readBody(request)) ?? {}) };
  switch (request.method) {
    case "GET":
      return read(asked, response);
    case "POST":
      return written(asked, create(asked, await readBody(request)));
    case "PUT":
      return written(asked, update(asked, await readBody(request)));
    case "PATCH":
      return written(asked, patch(asked, await readBody(request)));
    case "DELETE":
      return remove(asked, await readBody(request));
    default:
      throw methodNotAllowed();
  }
}

function viewOptions({ cluster, query, request }: ResourceRequest): ViewOptions {
  return {
    as: representationOf(request.headers.accept),
    include: (query.get("includeObject") as IncludeObject | null) ?? "Metadata",
    now: cluster.clock.now(),
  };
}

function read(asked: ResourceRequest, response: ServerResponse): Answer | undefined {
  const { cluster, kind, path, query } = asked;
  const view = viewOptions(asked);
  if (path.subresource === "scale") {
    return { status: 200, body: scaleOf(kind, cluster.objects.get(kind, path.namespace, nameOf(path))) };
  }
  if (path.subresource !== undefined && path.subresource !== "status") throw noSuchResource();
  const watched = ["true", "1"].includes(query.get("watch") ?? "");
  if (path.name !== undefined && !watched) {
    return { status: 200, body: viewOf(kind, cluster.objects.get(kind, path.namespace, path.name), view) };
  }
  const selection = selectionOf(kind, path.namespace, path.name, query);
  if (!watched) {
    const { objects, metadata } = listPage(cluster.store, kind, selection, query);
    return { status: 200, body: listViewOf(kind, objects, metadata, view) };
  }
  const cut = serveWatch(cluster, { kind, selection, query, view }, response);
  const forget = cluster.watches.add(cut);
  response.on("close", forget);
  return undefined;
}

function nameOf({ name }: ResourceRequest["path"]): string {
  if (name === undefined) throw methodNotAllowed();
  return name;
}

function objectIn(body: Json | undefined): JsonObject {
  if (!isObject(body)) throw badRequest("Object 'Kind' is missing: the body is no object");
  return body;
}

function create({ path, kind, cluster, ...asked }: ResourceRequest, body: Json | undefined): Written {
  if (path.name !== undefined) throw methodNotAllowed();
  const namespace = kind.namespaced ? path.namespace || (textAt(body, "metadata", "namespace") ?? "default") : "";
  return cluster.objects.create(kind, namespace, objectIn(body), writeOptions({ path, kind, cluster, ...asked }));
}

function update(asked: ResourceRequest, body: Json | undefined): Written {
  const { path, kind, cluster } = asked;
  const name = nameOf(path);
  const options = writeOptions(asked);
  if (path.subresource === "scale")
    return writeScale(cluster.objects, kind, { namespace: path.namespace, name }, objectIn(body), "update", options);
  return cluster.objects.update(kind, path.namespace, name, objectIn(body), options);
}

const patchTypes: Readonly<Record<string, PatchType>> = {
  "application/apply-patch+yaml": "apply",
  "application/json-patch+json": "json",
  "application/merge-patch+json": "merge",
  "application/strategic-merge-patch+json": "strategic",
};

function patch(asked: ResourceRequest, body: Json | undefined): Written {
  const { path, kind, cluster, query, request } = asked;
  const name = nameOf(path);
  const type = patchTypes[(request.headers["content-type"] ?? "").split(";")[0]?.trim() ?? ""];
  if (type === undefined || (type === "strategic" && kind.custom !== undefined)) {
    const accepted = Object.keys(patchTypes).join(", ");
    throw new ApiError(
      415,
      "UnsupportedMediaType",
      `the body of the request was in an unknown format - accepted media types include: ${accepted}`,
      {},
    );
  }
  if (body === undefined) throw badRequest("the patch is empty");
  if (type === "apply" && !query.get("fieldManager")) {
    const options = { group: "meta.k8s.io", plural: "", kind: "PatchOptions" };
    throw invalid(options, "", [required("fieldManager", "is required for apply patch")]);
  }
  if (path.subresource === "scale") {
    return writeScale(cluster.objects, kind, { namespace: path.namespace, name }, body, type, writeOptions(asked));
  }
  return cluster.objects.patch(kind, path.namespace, name, type, body, writeOptions(asked));
}

function writeOptions({ cluster, path, kind, query, request }: ResourceRequest): WriteOptions {
  const { subresource } = path;
  const known = subresource === undefined || subresource === "scale" || (subresource === "status" && kind.hasStatus);
  if (!known && subresource !== "finalize") throw noSuchResource();
  const agent = request.headers["user-agent"] ?? "unknown";
  const validation = query.get("fieldValidation");
  return {
    writer: { name: query.get("fieldManager") || (agent.split("/")[0] ?? agent), time: timestamp(cluster.clock) },
    dryRun: query.getAll("dryRun").includes("All"),
    fieldValidation: validation === "Strict" || validation === "Ignore" ? validation : "Warn",
    force: ["true", "1"].includes(query.get("force") ?? ""),
    ...(subresource === "status" || subresource === "scale" ? { subresource } : {}),
  };
}

function written(asked: ResourceRequest, { object, created, warnings }: Written): Answer {
  const { path } = asked;
  const body = path.subresource === "scale" ? object : viewOf(asked.kind, object, viewOptions(asked));
  return { status: created ? 201 : 200, body, warnings };
}

function remove(asked: ResourceRequest, body: Json | undefined): Answer {
  const { cluster, kind, path, query } = asked;
  const options = deleteOptions(query, objectAt(body));
  if (path.name === undefined) {
    const selection = selectionOf(kind, path.namespace, undefined, query);
    const objects = cluster.store.list(kind.key, selection.namespace).filter(selection.matches);
    for (const object of objects) {
      cluster.objects.delete(kind, textAt(object, "metadata", "namespace") ?? "", object.metadata.name, options);
    }
    const metadata = { resourceVersion: String(cluster.store.revision()) };
    return { status: 200, body: listViewOf(kind, objects, metadata, viewOptions(asked)) };
  }
  const { object, gone } = cluster.objects.delete(kind, path.namespace, path.name, options);
  return { status: 200, body: gone ? deletedStatus(kind, object) : viewOf(kind, object, viewOptions(asked)) };
}

function deleteOptions(query: URLSearchParams, body: JsonObject): DeleteOptions {
  const propagation = (query.get("propagationPolicy") ??
    textAt(body, "propagationPolicy") ??
    "Background") as Propagation;
  const uid = textAt(body, "preconditions", "uid");
  const resourceVersion = textAt(body, "preconditions", "resourceVersion");
  const orphan = body["orphanDependents"] === true ? "Orphan" : propagation;
  return {
    propagation: orphan,
    dryRun: query.getAll("dryRun").includes("All") || (Array.isArray(body["dryRun"]) && body["dryRun"].includes("All")),
    preconditions: {
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
  };
}

function deletedStatus({ group, plural }: Kind, { metadata }: KubeObject): JsonObject {
  const details = { name: metadata.name, ...(group === "" ? {} : { group }), kind: plural, uid: metadata["uid"] ?? "" };
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details };
}
