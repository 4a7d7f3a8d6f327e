import { randomBytes } from "node:crypto";
import { badRequest } from "../api-error.ts";
import { type JsonObject, type KubeObject, objectAt, textAt, withAt, without } from "../json.ts";
import type { Kind } from "../kinds.ts";
import { initialStatus } from "./defaults.ts";

/** Refuses a body of another kind or namespace than the URL's. */
export function checkedBody(kind: Kind, namespace: string, body: JsonObject): KubeObject {
  const apiVersion = textAt(body, "apiVersion") || kind.apiVersion;
  const name = textAt(body, "kind") || kind.kind;
  if (apiVersion !== kind.apiVersion || name !== kind.kind) {
    const [version = "", group = ""] = apiVersion.split("/").reverse();
    const given = `${group}/${version}, Kind=${name}`;
    throw badRequest(`${name} in version "${version}" cannot be handled as a ${kind.kind}: no kind match for ${given}`);
  }
  const inBody = textAt(body, "metadata", "namespace") ?? "";
  if (kind.namespaced && inBody !== "" && inBody !== namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  // Of a kind without namespaces, a namespace is passed over.
  const metadata = without(objectAt(body, "metadata"), "namespace");
  return {
    ...body,
    apiVersion,
    kind: name,
    metadata: { ...metadata, ...(kind.namespaced ? { namespace } : {}), name: textAt(metadata, "name") ?? "" },
  };
}

export function withGeneratedName(object: KubeObject): KubeObject {
  const prefix = textAt(object, "metadata", "generateName");
  if (object.metadata.name !== "" || prefix === undefined) return object;
  return withAt(object, ["metadata", "name"], prefix + randomSuffix());
}

/** Five letters and digits without vowels, as the server generates them. */
export function randomSuffix(): string {
  const letters = "bcdfghjklmnpqrstvwxz2456789";
  return Array.from(randomBytes(5), (byte) => letters[byte % letters.length]).join("");
}

/** A new object's status is the server's, not the writer's. */
export function withInitialStatus(kind: Kind, object: KubeObject): KubeObject {
  if (!kind.hasStatus) return object;
  const status = initialStatus(kind);
  return withAt(object, ["status"], status);
}
