import { expect, test } from "vitest";
import { AppError } from "../../common/errors.ts";
import { retryDelayMs } from "./retry.ts";

const early = { attempt: 1, elapsedMs: 0, random: 0 };

test("retryDelayMs() repeats what is overloaded, failing or unreachable", () => {
  const delays = [
    new AppError("RESOURCE_EXHAUSTED", "x", { details: { status: 429 } }),
    new AppError("UNAVAILABLE", "x", { details: { status: 503 } }),
    new AppError("DEADLINE_EXCEEDED", "x", { details: { status: 504 } }),
    new AppError("UNAVAILABLE", "connection reset"),
  ].map((error) => retryDelayMs(error, early));
  expect(delays).toEqual([50, 50, 50, 50]);
});

test("retryDelayMs() repeats no refusal and nothing that took too long", () => {
  const delays = [
    new AppError("ABORTED", "conflict", { details: { status: 409 } }),
    new AppError("INVALID_ARGUMENT", "schema", { details: { status: 500 } }),
    new AppError("RESOURCE_EXHAUSTED", "quota", { details: { status: 403 } }),
    new AppError("DEADLINE_EXCEEDED", "no answer"),
    new AppError("FAILED_PRECONDITION", "closed"),
  ].map((error) => retryDelayMs(error, early));
  expect(delays).toEqual([undefined, undefined, undefined, undefined, undefined]);
});

test("retryDelayMs() grows, ends after five attempts and after 3 s", () => {
  const error = new AppError("UNAVAILABLE", "x");
  const grown = [1, 2, 3, 4, 5].map((attempt) => retryDelayMs(error, { attempt, elapsedMs: 0, random: 0 }));
  expect(grown).toEqual([50, 100, 200, 400, undefined]);
  expect(retryDelayMs(error, { attempt: 1, elapsedMs: 2_980, random: 0 })).toBeUndefined();
});

test("retryDelayMs() waits as long as the server asks, unless that is too long", () => {
  const after = (retryAfterMs: number) =>
    new AppError("RESOURCE_EXHAUSTED", "x", { retryAfterMs, details: { status: 429 } });
  expect([1_000, 3_000, 60_000].map((ms) => retryDelayMs(after(ms), early))).toEqual([1_000, 3_000, undefined]);
});
