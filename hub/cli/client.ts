import { Agent, type Dispatcher, request } from "undici";
import { systemClock } from "../../common/async/index.ts";
import { AppError, isAbort } from "../../common/errors.ts";
import type { Cancellable } from "../ports.ts";
import type { ViewFilter } from "../surfaces.ts";
import { noHub, parseAnswer, refusal, unreachable } from "./answers.ts";
import type { Context } from "./context.ts";
import { type Batch, parseEvents } from "./event-stream.ts";
import { parseLines } from "./json-lines.ts";

/** The hub's HTTP API, as the CLI uses it. Errors are the hub's own, or UNAVAILABLE when there is no answer. */
export interface HubClient {
  readonly url: string;
  list<T>(resource: string, filter?: ViewFilter, options?: Cancellable): Promise<readonly T[]>;
  /** `waitMs`: how much longer than usual the hub may take, because it was asked to wait for something. */
  get<T>(path: string): Promise<T>;
  send<T>(
    method: "POST" | "PATCH" | "DELETE",
    path: string,
    body?: unknown,
    options?: { readonly waitMs?: number },
  ): Promise<T>;
  read<T>(path: string, query: Query): Promise<T>;
  /** Lines of JSON as they come, until the hub ends them or the person gives up. Errors as of the others, whenever they come. */
  lines<T>(path: string, query: Query): AsyncIterable<T>;
  /** Whether the hub has read its repository; false when it does not answer. */
  ready(options?: Cancellable): Promise<boolean>;
  /** Live changes until the signal aborts, "everything" first. Reconnects by itself; `lost` hears why. */
  changes(options: { readonly signal: AbortSignal; readonly lost?: (error: AppError) => void }): AsyncIterable<Batch>;
  close(): Promise<void>;
}

/** Without what is undefined. */
export type Query = Readonly<Record<string, string | undefined>>;

const answerMs = 30_000;
/** What agents are asked for. */
const inspectionMs = 60_000;
/** Four heartbeats of the hub. */
const silenceMs = 60_000;
const reconnectMs = 1_000;

/** `signal`: the person gave up. */
export function createHubClient(context: Context, { signal: givenUp }: { readonly signal: AbortSignal }): HubClient {
  const dispatcher = new Agent({ connect: context.ca === undefined ? {} : { ca: context.ca } });
  const base = context.url.replace(/\/+$/, "");
  const authorization = `Bearer ${context.token}`;

  async function call(
    method: Dispatcher.HttpMethod,
    path: string,
    { body, signal, waitMs = 0 }: { readonly body?: unknown; readonly waitMs?: number } & Cancellable = {},
  ): Promise<{ readonly status: number; readonly text: string }> {
    try {
      const answer = await request(`${base}${path}`, {
        method,
        dispatcher,
        headers: { authorization, ...(body === undefined ? {} : { "content-type": "application/json" }) },
        headersTimeout: answerMs + waitMs,
        bodyTimeout: answerMs,
        signal: signal ?? givenUp,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: answer.statusCode, text: await answer.body.text() };
    } catch (thrown) {
      throw isAbort(thrown) ? thrown : unreachable(thrown, base);
    }
  }

  async function answer(...args: Parameters<typeof call>): Promise<unknown> {
    const { status, text } = await call(...args);
    if (status >= 400) throw refusal(status, text, base);
    return parseAnswer(text, base);
  }

  async function* connection(signal: AbortSignal): AsyncGenerator<Batch> {
    const options = {
      dispatcher,
      headers: { authorization },
      signal,
      headersTimeout: answerMs,
      bodyTimeout: silenceMs,
    };
    const { body, statusCode } = await request(`${base}/api/v1/events`, options);
    if (statusCode >= 400) throw refusal(statusCode, await body.text(), base);
    yield* parseEvents(body);
  }

  async function* linesOf(path: string, query: Query): AsyncGenerator {
    try {
      const { body, statusCode } = await request(`${base}${path}?${queryText(query)}`, {
        dispatcher,
        headers: { authorization },
        signal: givenUp,
        headersTimeout: answerMs,
        bodyTimeout: silenceMs,
      });
      if (statusCode >= 400) throw refusal(statusCode, await body.text(), base);
      yield* parseLines(body, base);
    } catch (thrown) {
      throw thrown instanceof AppError || isAbort(thrown) ? thrown : unreachable(thrown, base);
    }
  }

  return {
    url: base,
    read: async <T>(path: string, query: Query) =>
      (await answer("GET", `${path}?${queryText(query)}`, { waitMs: inspectionMs })) as T,
    lines: <T>(path: string, query: Query) => linesOf(path, query) as AsyncIterable<T>,
    async list<T>(resource: string, filter: ViewFilter = {}, { signal }: Cancellable = {}) {
      const found = await answer("GET", `/api/v1/${resource}?${queryText({ ...filter })}`, { signal });
      const items = (found as { items?: readonly T[] } | undefined)?.items;
      if (items === undefined) throw noHub(base, "no items");
      return items;
    },
    get: async <T>(path: string) => (await answer("GET", path)) as T,
    send: async <T>(
      method: "POST" | "PATCH" | "DELETE",
      path: string,
      body?: unknown,
      options: { readonly waitMs?: number } = {},
    ) => (await answer(method, path, { body, ...options })) as T,
    async ready(options) {
      const { status } = await call("GET", "/readyz", options);
      return status === 200;
    },
    async *changes({ signal, lost }) {
      while (!signal.aborted) {
        try {
          yield* connection(signal);
        } catch (thrown) {
          if (signal.aborted) return;
          const error = thrown instanceof AppError ? thrown : unreachable(thrown, base);
          if (!error.retryable) throw error;
          lost?.(error);
        }
        await systemClock.sleep(reconnectMs, { signal }).catch(() => undefined);
      }
    },
    close: () => dispatcher.destroy(),
  };
}

function queryText(query: Query): string {
  const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return new URLSearchParams(given).toString();
}
