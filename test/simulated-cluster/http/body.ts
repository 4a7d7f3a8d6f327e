import type { IncomingMessage } from "node:http";
import { parse } from "yaml";
import { ApiError, badRequest } from "../api-error.ts";
import type { Json } from "../json.ts";
import { decodeProtobuf } from "./protobuf.ts";

const limitBytes = 3 * 1024 * 1024;

/** The request's body; JSON or YAML. Undefined when there is none. */
export async function readBody(request: IncomingMessage): Promise<Json | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes) {
      throw new ApiError(413, "RequestEntityTooLarge", `Request entity too large: limit is ${limitBytes}`, {});
    }
    chunks.push(chunk);
  }
  if (size === 0) return undefined;
  const type = request.headers["content-type"] ?? "application/json";
  const content = Buffer.concat(chunks);
  if (type.includes("protobuf")) return decodeProtobuf(content);
  if (type.includes("cbor")) {
    const accepted = "application/json, application/yaml, application/vnd.kubernetes.protobuf";
    const why = `the body of the request was in an unknown format - accepted media types include: ${accepted}`;
    throw new ApiError(415, "UnsupportedMediaType", why, {});
  }
  return decode(content.toString("utf8"), type.includes("yaml"));
}

function decode(text: string, yaml: boolean): Json {
  try {
    // Most clients send JSON as YAML: parsing that is far cheaper.
    return JSON.parse(text) as Json;
  } catch (thrown) {
    if (!yaml) throw badRequest(`couldn't get version/kind; json parse error: ${String(thrown)}`);
  }
  try {
    return parse(text) as Json;
  } catch (thrown) {
    throw badRequest(`error decoding YAML: ${String(thrown)}`);
  }
}
