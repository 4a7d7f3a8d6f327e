import { EnvHttpProxyAgent, interceptors, request } from "undici";
import { authorization, type Remote } from "./remote.ts";
import { failureOfStatus, remoteError } from "./remote-error.ts";

export interface GitHttpAnswer {
  readonly contentType: string;
  readonly body: AsyncIterable<Buffer>;
}

/** HTTP requests to one repository. Throws the port's errors; proxies are taken from the environment as curl does. */
export interface GitHttp {
  get(path: string, options: RequestOptions): Promise<GitHttpAnswer>;
  post(path: string, contentType: string, body: Buffer, options: RequestOptions): Promise<GitHttpAnswer>;
  close(): Promise<void>;
}

interface RequestOptions {
  readonly doing: "fetch from" | "push to";
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A server that says nothing for so long has hung. */
const silenceMs = 30_000;

export function createGitHttp(remote: Remote): GitHttp {
  const agent = new EnvHttpProxyAgent({ connectTimeout: 10_000, headersTimeout: silenceMs, bodyTimeout: silenceMs });
  // Credentials stay behind when a redirect leads to another origin.
  const dispatcher = agent.compose(interceptors.redirect({ maxRedirections: 3 }));
  const header = authorization(remote);

  async function send(
    method: "GET" | "POST",
    path: string,
    { doing, signal, headers }: RequestOptions,
    content?: { readonly type: string; readonly body: Buffer },
  ): Promise<GitHttpAnswer> {
    const answer = await request(`${remote.url}${path}`, {
      method,
      dispatcher,
      signal,
      headers: {
        "user-agent": "git/drover",
        "accept-encoding": "identity",
        ...(header === undefined ? {} : { authorization: header }),
        ...(content === undefined ? {} : { "content-type": content.type }),
        ...headers,
      },
      ...(content === undefined ? {} : { body: content.body }),
    }).catch((thrown: unknown) => {
      throw asRemoteError(remote, doing, signal, thrown);
    });
    if (answer.statusCode === 200) {
      return {
        contentType: String(answer.headers["content-type"] ?? ""),
        body: guarded(answer.body, remote, doing, signal),
      };
    }
    const text = await answer.body.text().catch(() => "");
    const said = `${answer.statusCode} ${text.slice(0, 300).replaceAll(/\s+/g, " ")}`;
    throw remoteError(remote, doing, failureOfStatus(answer.statusCode), said);
  }

  return {
    get: (path, options) => send("GET", path, options),
    post: (path, type, body, options) => send("POST", path, options, { type, body }),
    close: () => agent.destroy(),
  };
}

async function* guarded(
  body: AsyncIterable<Buffer>,
  remote: Remote,
  doing: "fetch from" | "push to",
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  try {
    yield* body;
  } catch (thrown) {
    throw asRemoteError(remote, doing, signal, thrown);
  }
}

function asRemoteError(remote: Remote, doing: "fetch from" | "push to", signal: AbortSignal, thrown: unknown): unknown {
  if (signal.aborted) return signal.reason;
  const { code } = thrown as { code?: unknown };
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const said = typeof code === "string" && !message.includes(code) ? `${code} ${message}` : message;
  return remoteError(remote, doing, "unreachable", said, thrown);
}
