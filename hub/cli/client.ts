import { Agent, type Dispatcher, request } from "undici";
import { AppError, type ErrorCode, errorCodes, toAppError } from "../../common/errors.ts";
import type { FleetChange } from "../ports.ts";
import type { Context } from "./context.ts";

/** The hub's HTTP API, as the CLI uses it. */
export interface HubClient {
  readonly url: string;
  list<T>(resource: string, filter?: Readonly<Record<string, string | undefined>>): Promise<readonly T[]>;
  send<T>(method: "POST" | "PATCH" | "DELETE", path: string, body?: unknown): Promise<T>;
  /** Live changes until the signal aborts; undefined means: list again. Reconnects by itself. */
  changes(options: { readonly signal: AbortSignal }): AsyncIterable<FleetChange | undefined>;
  close(): Promise<void>;
}

const answerMs = 30_000;
const reconnectMs = 1_000;

export function createHubClient(context: Context): HubClient {
  const dispatcher = new Agent({ connect: context.ca === undefined ? {} : { ca: context.ca } });
  const base = context.url.replace(/\/+$/, "");
  const headers = { authorization: `Bearer ${context.token}` };

  async function call(method: Dispatcher.HttpMethod, path: string, body?: unknown): Promise<unknown> {
    let answer: Dispatcher.ResponseData;
    let text: string;
    try {
      answer = await request(`${base}${path}`, {
        method,
        dispatcher,
        headers: body === undefined ? headers : { ...headers, "content-type": "application/json" },
        headersTimeout: answerMs,
        bodyTimeout: answerMs,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      text = await answer.body.text();
    } catch (thrown) {
      throw toAppError(thrown, `Cannot reach the hub at ${base}`);
    }
    if (answer.statusCode >= 400) throw refusal(answer.statusCode, text);
    return text === "" || text === "null" ? undefined : JSON.parse(text);
  }

  return {
    url: base,
    async list<T>(resource: string, filter: Readonly<Record<string, string | undefined>> = {}) {
      const query = new URLSearchParams(
        Object.entries(filter).filter((pair): pair is [string, string] => pair[1] !== undefined),
      );
      const { items } = (await call("GET", `/api/v1/${resource}?${query.toString()}`)) as { items: readonly T[] };
      return items;
    },
    send: async <T>(method: "POST" | "PATCH" | "DELETE", path: string, body?: unknown) =>
      (await call(method, path, body)) as T,
    async *changes({ signal }) {
      while (!signal.aborted) {
        try {
          const { body, statusCode } = await request(`${base}/api/v1/events`, {
            dispatcher,
            headers,
            signal,
            bodyTimeout: 60_000,
          });
          if (statusCode >= 400) throw refusal(statusCode, await body.text());
          yield* events(body);
        } catch (thrown) {
          if (signal.aborted) return;
          if (thrown instanceof AppError && !thrown.retryable) throw thrown;
        }
        await pause(reconnectMs, signal);
        yield undefined;
      }
    },
    close: () => dispatcher.close(),
  };
}

async function* events(body: AsyncIterable<Buffer>): AsyncGenerator<FleetChange | undefined> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true });
    const blocks = rest.split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const [, data] = /^data: (.*)$/m.exec(block) ?? [];
      if (block.startsWith("event: change") && data !== undefined) yield JSON.parse(data) as FleetChange;
      else if (block.startsWith("event: resync")) yield undefined;
    }
  }
}

function refusal(status: number, text: string): AppError {
  try {
    const { error } = JSON.parse(text) as { error: { code: string; message: string; position?: { file: string } } };
    const code: ErrorCode = error.code in errorCodes ? (error.code as ErrorCode) : "INTERNAL";
    return new AppError(code, error.message, error.position === undefined ? {} : { position: error.position });
  } catch {
    return new AppError("INTERNAL", `The hub answered ${status}: ${text.slice(0, 200)}`);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
