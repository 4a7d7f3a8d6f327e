import { AppError, type ErrorCode, toAppError } from "../../common/errors.ts";

/** An answer that is not what was asked for. */
export interface Refusal {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  /** What the forge says to it. */
  readonly words: string;
}

/** Limits that come without a time. */
const defaultWaitMs = 60_000;

/** What an answer means, in the words that people see. `now`: milliseconds since 1970. */
export function forgeError(doing: string, refusal: Refusal, now: number): AppError {
  const { status, words } = refusal;
  const retryAfterMs = limitedFor(refusal, now);
  const said = words.trim() === "" ? `status ${status}` : words.trim().slice(0, 500);
  if (retryAfterMs !== undefined) {
    const seconds = Math.ceil(retryAfterMs / 1000);
    return new AppError("RESOURCE_EXHAUSTED", `${doing}: the forge limits requests for another ${seconds} s: ${said}`, {
      retryAfterMs,
      details: { status },
    });
  }
  const code = codeOf(status);
  const why = code === "UNAUTHENTICATED" ? "the forge refuses the token: " : "";
  return new AppError(code, `${doing}: ${why}${said}`, { details: { status } });
}

/** Something was thrown instead of an answer. */
export function noAnswer(doing: string, thrown: unknown): AppError {
  const { code, message, retryAfterMs } = toAppError(thrown);
  // fetch says no more than "fetch failed": the reason is behind it.
  const cause = thrown instanceof TypeError && thrown.cause instanceof Error ? `: ${thrown.cause.message}` : "";
  return new AppError(code === "INTERNAL" ? "UNAVAILABLE" : code, `${doing}: ${message}${cause}`, {
    cause: thrown,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function codeOf(status: number): ErrorCode {
  if (status === 401) return "UNAUTHENTICATED";
  if (status === 403) return "PERMISSION_DENIED";
  if (status === 404 || status === 410) return "NOT_FOUND";
  if (status === 408 || status >= 500) return "UNAVAILABLE";
  return "INVALID_ARGUMENT";
}

/** How long nothing is to be sent; undefined when the answer is about something else. */
function limitedFor({ status, headers, words }: Refusal, now: number): number | undefined {
  const retryAfter = retryAfterOf(headers["retry-after"], now);
  if (status === 503 && retryAfter !== undefined) return retryAfter;
  if (status !== 429 && status !== 403) return undefined;
  // GitHub answers 403 for both of its limits, and for what is forbidden.
  const isSpent = headers["x-ratelimit-remaining"] !== undefined && Number(headers["x-ratelimit-remaining"]) === 0;
  const isLimit = status === 429 || retryAfter !== undefined || isSpent || /secondary rate limit/i.test(words);
  if (!isLimit) return undefined;
  const reset = Number(headers["x-ratelimit-reset"] ?? headers["ratelimit-reset"]);
  return retryAfter ?? (reset > 0 ? Math.max(1_000, reset * 1000 - now) : defaultWaitMs);
}

/** Seconds, or a date. */
function retryAfterOf(value: string | number | undefined, now: number): number | undefined {
  if (value === undefined || value === "") return undefined;
  const ms = Number.isNaN(Number(value)) ? Date.parse(String(value)) - now : Number(value) * 1000;
  return Number.isNaN(ms) ? undefined : Math.max(1_000, ms);
}
