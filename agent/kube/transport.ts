import type { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import type { Clock } from "../../common/async/index.ts";
import { AppError, type ErrorCode, toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { Connections } from "./connections.ts";
import type { Credentials, CredentialsSource } from "./credentials.ts";
import { allowManyListeners } from "./many-listeners.ts";
import { withRetries } from "./retry.ts";
import { statusError } from "./status-error.ts";

/** Kubernetes' own verbs, and "discovery" for what is asked about the server itself. */
export type Verb = "get" | "logs" | "list" | "watch" | "patch" | "delete" | "discovery";

export interface ApiRequest {
  readonly verb: Verb;
  /** With query, encoded. */
  readonly path: string;
  /** Completes "Cannot …" in errors: "apply ConfigMap shop/web". */
  readonly doing: string;
  readonly accept?: string;
  readonly contentType?: string;
  readonly body?: string;
  /** "namespace/name" of a service account: its rights count instead of ours. */
  readonly actingAs?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ApiAnswer {
  readonly contentType: string;
  /** Parsed JSON. */
  readonly body: unknown;
}

/** HTTP with credentials. Throws the AppErrors that the KubeClient port names, and the signal's reason on abort. */
export interface Transport {
  /** Repeats what is worth repeating. */
  send(request: ApiRequest): Promise<ApiAnswer>;
  /** A body that goes on for minutes; fails when nothing arrives for `idleMs`, never with 0. One attempt. */
  open(request: ApiRequest, idleMs: number): Promise<Readable>;
  /** Requests sent so far, every attempt counts. */
  requests(): Readonly<Record<string, number>>;
}

export interface TransportDependencies {
  readonly credentials: CredentialsSource;
  readonly connectionsFor: (credentials: Credentials) => Connections;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly userAgent: string;
  /** For the answer's first byte, and again between any two pieces of it. */
  readonly timeoutMs: number;
}

const methods = {
  get: "GET",
  logs: "GET",
  list: "GET",
  watch: "GET",
  discovery: "GET",
  patch: "PATCH",
  delete: "DELETE",
} as const;

export function createTransport(dependencies: TransportDependencies): Transport {
  const { credentials, connectionsFor, clock, random, log, timeoutMs } = dependencies;
  const counts: Partial<Record<Verb, number>> = {};

  async function attempt(
    request: ApiRequest,
    options: { readonly kind: keyof Connections; readonly bodyTimeoutMs: number },
    accepted: Credentials,
  ): Promise<Dispatcher.ResponseData> {
    const { server, headers } = accepted;
    counts[request.verb] = (counts[request.verb] ?? 0) + 1;
    return connectionsFor(accepted)[options.kind].request({
      origin: server.origin,
      path: server.pathname.replace(/\/$/, "") + request.path,
      method: methods[request.verb],
      // Unless told so, undici opens a new connection after each DELETE with a body.
      reset: false,
      headers: {
        ...headers,
        ...impersonation(request.actingAs),
        accept: request.accept ?? "application/json",
        "user-agent": dependencies.userAgent,
        ...(request.contentType === undefined ? {} : { "content-type": request.contentType }),
      },
      body: request.body ?? null,
      signal: request.signal ?? null,
      // Who may be silent for ever may be so before the first byte.
      headersTimeout: options.bodyTimeoutMs === 0 ? 0 : timeoutMs,
      bodyTimeout: options.bodyTimeoutMs,
    });
  }

  /** One exchange; a second one when the credentials turn out to be stale. */
  async function exchange(
    request: ApiRequest,
    options: { readonly kind: keyof Connections; readonly bodyTimeoutMs: number },
  ): Promise<Dispatcher.ResponseData> {
    request.signal?.throwIfAborted();
    const first = await credentials.current();
    const response = await attempt(request, options, first);
    if (response.statusCode !== 401) return response;
    await response.body.dump();
    await credentials.renew(first);
    return attempt(request, options, await credentials.current());
  }

  async function refuse(request: ApiRequest, response: Dispatcher.ResponseData): Promise<never> {
    const { statusCode: status, headers } = response;
    const text = await response.body.text();
    throw statusError(request.doing, { status, text, retryAfterMs: retryAfterMsOf(headers["retry-after"]) });
  }

  return {
    send(request) {
      allowManyListeners(request.signal);
      const context = {
        clock,
        random,
        onRetry: (error: AppError, delayMs: number) =>
          log.debug({ verb: request.verb, delayMs, error: error.message }, "Request is repeated"),
      };
      return withRetries(context, request.signal, () =>
        atBoundary(request, async () => {
          const response = await exchange(request, { kind: "requests", bodyTimeoutMs: timeoutMs });
          if (response.statusCode >= 300) return refuse(request, response);
          const contentType = String(response.headers["content-type"] ?? "");
          return { contentType, body: parseBody(request, contentType, await response.body.text()) };
        }),
      );
    },
    open(request, idleMs) {
      allowManyListeners(request.signal);
      return atBoundary(request, async () => {
        const response = await exchange(request, { kind: "watches", bodyTimeoutMs: idleMs });
        if (response.statusCode >= 300) return refuse(request, response);
        return response.body;
      });
    },
    requests: () => ({ ...counts }),
  };
}

/** The API server adds the groups of a service account by itself; naming them would need the right to impersonate any group. */
function impersonation(serviceAccount: string | undefined): Readonly<Record<string, string>> {
  if (serviceAccount === undefined) return {};
  return { "impersonate-user": `system:serviceaccount:${serviceAccount.replace("/", ":")}` };
}

async function atBoundary<T>(request: ApiRequest, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw transportError(request, thrown);
  }
}

/** What fails before an answer is complete: [code, what to say instead of the library's words]. */
const failures: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  UND_ERR_DESTROYED: ["FAILED_PRECONDITION", "the client is closed"],
  UND_ERR_CLOSED: ["FAILED_PRECONDITION", "the client is closed"],
  UND_ERR_CONNECT_TIMEOUT: ["DEADLINE_EXCEEDED", "the API server accepts no connection"],
  UND_ERR_HEADERS_TIMEOUT: ["DEADLINE_EXCEEDED", "the API server does not answer"],
  UND_ERR_BODY_TIMEOUT: ["DEADLINE_EXCEEDED", "the API server does not finish its answer"],
  UND_ERR_INVALID_ARG: ["INTERNAL", "the request is malformed"],
};

/** What a broken connection, a timeout, an abort looks like from outside. */
export function transportError({ doing, signal }: Pick<ApiRequest, "doing" | "signal">, thrown: unknown): unknown {
  if (signal?.aborted === true) return signal.reason;
  if (thrown instanceof AppError) return thrown;
  const { code } = thrown as { code?: unknown };
  const failure = failures[String(code)];
  if (failure !== undefined) return new AppError(failure[0], `Cannot ${doing}: ${failure[1]}`, { cause: thrown });
  const error = toAppError(thrown, `Cannot ${doing}`);
  // Certificates that do not fit, garbled HTTP: whoever is at the other end, it is not our API server.
  const isForeign = error.code === "INTERNAL" && typeof code === "string";
  return isForeign ? new AppError("UNAVAILABLE", error.message, { cause: thrown }) : error;
}

function parseBody(request: ApiRequest, contentType: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    const what = contentType === "" ? "something" : contentType;
    throw new AppError("UNAVAILABLE", `Cannot ${request.doing}: the server answered ${what} that is no JSON`, {
      cause: thrown,
    });
  }
}

/** Seconds or a date. */
function retryAfterMsOf(header: string | string[] | undefined): number | undefined {
  if (typeof header !== "string") return undefined;
  const seconds = Number(header);
  const ms = Number.isNaN(seconds) ? Date.parse(header) - Date.now() : seconds * 1_000;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
