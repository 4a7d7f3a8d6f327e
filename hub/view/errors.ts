import type { FastifyInstance } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import { AppError, type ErrorCode, toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";

const statuses: Readonly<Record<ErrorCode, number>> = {
  INVALID_ARGUMENT: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  ABORTED: 409,
  FAILED_PRECONDITION: 412,
  RESOURCE_EXHAUSTED: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
};

/** Every failure has the same shape: { error: { code, message, position? } }. */
export function installErrors(app: FastifyInstance, log: Logger): void {
  app.setErrorHandler((thrown, _request, reply) => {
    const error = hasZodFastifySchemaValidationErrors(thrown) ? invalid(thrown.validation) : fromFastify(thrown);
    if (error.code === "INTERNAL") log.error({ err: thrown }, "request failed");
    return reply.status(statuses[error.code]).send({
      error: {
        code: error.code,
        message: error.message,
        ...(error.position === undefined ? {} : { position: error.position }),
      },
    });
  });
  app.setNotFoundHandler((request, reply) =>
    reply
      .status(404)
      .send({ error: { code: "NOT_FOUND", message: `No such path: ${request.method} ${request.url.split("?")[0]}` } }),
  );
}

function invalid(issues: readonly { instancePath: string; message?: string }[]): AppError {
  const text = issues.map(
    ({ instancePath, message }) =>
      `${instancePath.replaceAll("/", ".").replace(/^[.]/, "") || "request"}: ${message ?? "invalid"}`,
  );
  return new AppError("INVALID_ARGUMENT", text.join("; "));
}

function fromFastify(thrown: unknown): AppError {
  const { statusCode, message } = thrown as { statusCode?: number; message?: string };
  if (thrown instanceof AppError || statusCode === undefined || statusCode >= 500) return toAppError(thrown);
  if (statusCode === 429) return new AppError("RESOURCE_EXHAUSTED", message ?? "Too many requests");
  return new AppError("INVALID_ARGUMENT", message ?? "Bad request", { cause: thrown });
}
