/**
 * One table of everything that can go wrong and what the loops may do about it.
 * Codes are gRPC's, so that an error keeps its meaning across the wire.
 */
export const errorCodes = {
  INVALID_ARGUMENT: { retryable: false, grpc: 3, exit: 2, meaning: "the caller's input is wrong" },
  DEADLINE_EXCEEDED: { retryable: true, grpc: 4, exit: 1, meaning: "it took longer than allowed" },
  NOT_FOUND: { retryable: false, grpc: 5, exit: 1, meaning: "the thing asked for does not exist" },
  ALREADY_EXISTS: { retryable: false, grpc: 6, exit: 1, meaning: "the thing to create exists" },
  PERMISSION_DENIED: { retryable: false, grpc: 7, exit: 1, meaning: "the caller is known and may not do this" },
  RESOURCE_EXHAUSTED: { retryable: true, grpc: 8, exit: 1, meaning: "a limit is reached; later it may work" },
  FAILED_PRECONDITION: { retryable: false, grpc: 9, exit: 1, meaning: "the state forbids it until something changes" },
  ABORTED: { retryable: true, grpc: 10, exit: 1, meaning: "somebody else changed it at the same time" },
  UNAVAILABLE: { retryable: true, grpc: 14, exit: 1, meaning: "the other side cannot be reached now" },
  UNAUTHENTICATED: { retryable: false, grpc: 16, exit: 1, meaning: "the caller is not who it should be" },
  INTERNAL: { retryable: true, grpc: 13, exit: 1, meaning: "a defect of Drover" },
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** Where in a file something is wrong. `path` is the path inside the document ("environments[1].branch"). */
export interface SourcePosition {
  readonly file: string;
  readonly line?: number;
  readonly path?: string;
}

export interface AppErrorOptions {
  readonly cause?: unknown;
  readonly position?: SourcePosition;
  /** Overrides the table: the server said when to come back. */
  readonly retryAfterMs?: number;
  /** What a program needs to branch on, never secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The only error class that crosses a folder boundary. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly position: SourcePosition | undefined;
  readonly retryAfterMs: number | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.position = options.position;
    this.retryAfterMs = options.retryAfterMs;
    this.details = options.details ?? {};
  }

  get retryable(): boolean {
    return errorCodes[this.code].retryable;
  }
}

const codesOfNode: Readonly<Record<string, ErrorCode>> = {
  ECONNREFUSED: "UNAVAILABLE",
  ECONNRESET: "UNAVAILABLE",
  EPIPE: "UNAVAILABLE",
  ENOTFOUND: "UNAVAILABLE",
  EAI_AGAIN: "UNAVAILABLE",
  EHOSTUNREACH: "UNAVAILABLE",
  ENETUNREACH: "UNAVAILABLE",
  ETIMEDOUT: "DEADLINE_EXCEEDED",
  UND_ERR_SOCKET: "UNAVAILABLE",
  UND_ERR_CONNECT_TIMEOUT: "DEADLINE_EXCEEDED",
  UND_ERR_HEADERS_TIMEOUT: "DEADLINE_EXCEEDED",
  UND_ERR_BODY_TIMEOUT: "DEADLINE_EXCEEDED",
  ENOENT: "NOT_FOUND",
  EACCES: "PERMISSION_DENIED",
  EADDRINUSE: "FAILED_PRECONDITION",
};

/** True when the other side was not there, or not in time: the same thing may work in a moment. */
export function isAway({ code }: AppError): boolean {
  return code === "UNAVAILABLE" || code === "DEADLINE_EXCEEDED";
}

/** Turns anything thrown into an AppError, once, at the boundary where a foreign library was called. */
export function toAppError(thrown: unknown, doing?: string): AppError {
  if (thrown instanceof AppError) return thrown;
  const prefix = doing === undefined ? "" : `${doing}: `;
  if (!(thrown instanceof Error)) return new AppError("INTERNAL", `${prefix}${String(thrown)}`, { cause: thrown });
  if (thrown.name === "TimeoutError") {
    return new AppError("DEADLINE_EXCEEDED", `${prefix}timed out`, { cause: thrown });
  }
  const deepest = firstWithCode(thrown);
  const code = deepest === undefined ? "INTERNAL" : (codesOfNode[deepest.code] ?? "INTERNAL");
  const text = thrown.message === "" && deepest !== undefined ? deepest.code : thrown.message;
  return new AppError(code, `${prefix}${text}`, { cause: thrown });
}

function firstWithCode(thrown: unknown): { code: string } | undefined {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth++) {
    const { code } = error as { code?: unknown };
    if (typeof code === "string") return { code };
    if (error instanceof AggregateError && error.errors.length > 0) return firstWithCode(error.errors[0]);
  }
  return undefined;
}

/** True for the error that an AbortSignal produces: the caller gave up, nobody is to be told. */
export function isAbort(thrown: unknown): boolean {
  return (
    thrown instanceof Error && (thrown.name === "AbortError" || (thrown as { code?: unknown }).code === "ABORT_ERR")
  );
}

/** "fleet.yaml:7 environments[1].branch: …": the form in which users meet a message and its position. */
export function positioned(message: string, position: SourcePosition | undefined): string {
  if (position === undefined) return message;
  const line = position.line === undefined ? "" : `:${position.line}`;
  const path = position.path === undefined || position.path === "" ? "" : ` ${position.path}`;
  return `${position.file}${line}${path}: ${message}`;
}
