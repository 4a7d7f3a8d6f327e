import { request as httpsRequest } from "node:https";

export interface ApiAccess {
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  readonly token: string;
}

export interface ApiRequest {
  /** Default "GET". */
  readonly method?: string;
  /** With the query: "/api/v1/namespaces?limit=1". */
  readonly path: string;
  /** Sent as JSON, or as it is when it is a string. */
  readonly body?: unknown;
  /** Default "application/json". */
  readonly contentType?: string;
}

export interface ApiResponse {
  readonly status: number;
  readonly text: string;
}

/** One request; any status is an answer, only a broken connection rejects. */
export function requestApi(
  access: ApiAccess,
  { method = "GET", path, body, contentType }: ApiRequest,
): Promise<ApiResponse> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${access.token}`, "content-type": contentType ?? "application/json" };
    const sent = httpsRequest(new URL(path, access.server), {
      method,
      headers,
      ca: access.ca,
      agent: false,
      timeout: 30_000,
    });
    sent.once("error", reject);
    sent.once("timeout", () => sent.destroy(new Error(`No answer from ${access.server}${path} within 30 s`)));
    sent.once("response", (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.once("error", reject);
      response.once("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    if (body === undefined) sent.end();
    else sent.end(typeof body === "string" ? body : JSON.stringify(body));
  });
}
