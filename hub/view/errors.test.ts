import { expect, test } from "vitest";
import { AppError } from "../../common/errors.ts";
import { answerTo, bodyOf } from "./errors.ts";

const told = (thrown: unknown) => {
  const { status, error } = answerTo(thrown, "req-7");
  return { status, ...bodyOf(error).error };
};

test("answerTo() keeps code, message and position of what Drover says itself", () => {
  const position = { file: "fleet.yaml", line: 3 };
  expect(told(new AppError("FAILED_PRECONDITION", "Not yet", { position }))).toEqual({
    status: 412,
    code: "FAILED_PRECONDITION",
    message: "Not yet",
    position,
  });
});

test("answerTo() keeps the status of a refusal by fastify", () => {
  expect([
    told(Object.assign(new Error("Request body is too large"), { statusCode: 413 })),
    told(Object.assign(new Error("Try again in 1 minute"), { statusCode: 429 })),
  ]).toEqual([
    { status: 413, code: "INVALID_ARGUMENT", message: "Request body is too large" },
    { status: 429, code: "RESOURCE_EXHAUSTED", message: "Try again in 1 minute" },
  ]);
});

test("answerTo() tells nothing of what a library says of a defect", () => {
  expect(told(new Error("cannot use redis://:password@store:6379"))).toEqual({
    status: 500,
    code: "INTERNAL",
    message: 'The hub failed: its log says why, under request "req-7"',
  });
});
