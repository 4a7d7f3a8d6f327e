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

/** The body of every failure. */
export interface ErrorBody {
  readonly error: Pick<AppError, "code" | "message"> & { readonly position?: AppError["position"] };
}

/** Every failure has the same shape: { error: { code, message, position? } }. */
export function installErrors(app: FastifyInstance, log: Logger): void {
  app.setErrorHandler((thrown, request, reply) => {
    const { status, error } = answerTo(thrown, request.id);
    if (error.code === "INTERNAL") {
      log.error({ err: thrown, request: request.id, path: pathOf(request.url) }, "request failed");
    }
    if (error.code === "UNAUTHENTICATED") reply.header("www-authenticate", "Bearer");
    return reply.status(status).send(bodyOf(error));
  });
  app.setNotFoundHandler((request, reply) =>
    reply
      .status(404)
      .send(
        bodyOf(
          new AppError(
            "NOT_FOUND",
            `No such path: ${request.method} ${pathOf(request.url)}; /api/v1/openapi.json lists them`,
          ),
        ),
      ),
  );
}

export function bodyOf({ code, message, position }: AppError): ErrorBody {
  return { error: { code, message, ...(position === undefined ? {} : { position }) } };
}

/** Status and error for anything thrown while a request was handled. */
export function answerTo(thrown: unknown, requestId: string): { readonly status: number; readonly error: AppError } {
  if (thrown instanceof AppError) return { status: statuses[thrown.code], error: thrown };
  if (hasZodFastifySchemaValidationErrors(thrown)) {
    return { status: 400, error: new AppError("INVALID_ARGUMENT", invalid(thrown.validation)) };
  }
  const { statusCode = 500, message = "" } = thrown as { statusCode?: number; message?: string };
  if (statusCode === 429) return { status: 429, error: new AppError("RESOURCE_EXHAUSTED", message) };
  // Fastify's own refusals (body too large, no JSON, wrong content type) keep their status.
  if (statusCode >= 400 && statusCode < 500) {
    return { status: statusCode, error: new AppError("INVALID_ARGUMENT", message) };
  }
  const error = toAppError(thrown);
  if (error.code !== "INTERNAL") return { status: statuses[error.code], error };
  // What a library says of a defect may hold addresses and passwords: it goes to the log only.
  const told = new AppError("INTERNAL", `The hub failed: its log says why, under request "${requestId}"`);
  return { status: 500, error: told };
}

function invalid(issues: readonly { readonly instancePath: string; readonly message?: string }[]): string {
  return issues
    .map(({ instancePath, message }) => {
      const path = instancePath.replace(/^\//, "").replaceAll("/", ".");
      return path === "" ? (message ?? "Invalid request") : `${path}: ${message ?? "invalid"}`;
    })
    .join("; ");
}

function pathOf(url: string): string {
  return url.split("?")[0] ?? url;
}
