import { LRUCache } from "lru-cache";
import type { Clock } from "../../common/async/index.ts";
import { AppError } from "../../common/errors.ts";
import { forgeError } from "./forge-error.ts";

/** The part of fetch that the client libraries use. */
export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

const timeoutMs = 30_000;
const kept = { answers: 200, bytes: 4 * 1024 * 1024 };

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string | null;
}

/**
 * Sends what the client libraries ask for. What the forge has not changed since is answered from memory (it tells by ETag, and does
 * not count such requests); while it limits us, nothing is sent and the same is thrown at once.
 */
export function createForgeFetch(clock: Clock): Fetch {
  const known = new LRUCache<string, Answer & { readonly etag: string }>({
    max: kept.answers,
    maxSize: kept.bytes,
    sizeCalculation: ({ body }) => (body?.length ?? 0) + 1,
  });
  let closed: AppError | undefined;
  let closedUntil = 0;

  return async (url, init = {}) => {
    if (closed !== undefined && clock.now() < closedUntil) {
      throw new AppError(closed.code, closed.message, { retryAfterMs: closedUntil - clock.now() });
    }
    const isRead = (init.method ?? "GET").toUpperCase() === "GET";
    const before = isRead ? known.get(url) : undefined;
    const headers = new Headers(init.headers);
    if (before !== undefined) headers.set("if-none-match", before.etag);
    const limit = AbortSignal.timeout(timeoutMs);
    const signal = init.signal === undefined || init.signal === null ? limit : AbortSignal.any([init.signal, limit]);
    // A redirect would take the token elsewhere.
    const answer = await fetch(url, { ...init, headers, signal, redirect: "manual" });
    if (answer.status === 304 && before !== undefined) {
      await answer.body?.cancel();
      return responseOf(url, before);
    }
    if (answer.status >= 300 && answer.status < 400) {
      await answer.body?.cancel();
      const moved = "the repository has moved, tell the hub its new URL";
      throw new AppError("FAILED_PRECONDITION", `${moved}: ${answer.headers.get("location") ?? "elsewhere"}`);
    }
    const body = [204, 205].includes(answer.status) ? null : await answer.text();
    const read = { status: answer.status, headers: plain(answer.headers), body };
    const etag = answer.headers.get("etag");
    if (isRead && answer.ok && etag !== null && body !== null) known.set(url, { ...read, etag });
    if (answer.status === 429 || answer.status === 403 || answer.status === 503) {
      const refusal = { status: answer.status, headers: Object.fromEntries(answer.headers), words: body ?? "" };
      const refused = forgeError("Cannot ask the forge", refusal, clock.now());
      if (refused.code === "RESOURCE_EXHAUSTED") {
        closed = refused;
        closedUntil = clock.now() + (refused.retryAfterMs ?? 0);
      }
    }
    return responseOf(url, read);
  };
}

/** Client libraries ask the answer where it is from. */
function responseOf(url: string, { status, headers, body }: Answer): Response {
  const response = new Response(body, { status, headers });
  Object.defineProperty(response, "url", { value: url });
  return response;
}

/** The body is decoded already. */
function plain(headers: Headers): Record<string, string> {
  const { "content-encoding": _encoding, "content-length": _length, ...rest } = Object.fromEntries(headers);
  return rest;
}
