import { AppError, type ErrorCode, errorCodes, type SourcePosition, toAppError } from "../../common/errors.ts";

/** The error that an answer with a status of 400 or more stands for. */
export function refusal(status: number, text: string, base: string): AppError {
  const { code, message, position } = errorIn(text) ?? {};
  if (code === undefined || message === undefined) {
    return noHub(base, `status ${status}`);
  }
  const known: ErrorCode = code in errorCodes ? (code as ErrorCode) : "INTERNAL";
  return new AppError(known, message, position === undefined ? {} : { position });
}

/** The error that stands for no answer at all. */
export function unreachable(thrown: unknown, base: string): AppError {
  const error = toAppError(thrown, `Cannot reach the hub at ${base}`);
  // Node has a code per way in which a certificate can be wrong, and says "certificate" in all of them.
  if (!/certificate|altnames/i.test(error.message)) return error;
  return new AppError(
    "UNAUTHENTICATED",
    `Cannot trust the hub at ${base}: ${error.cause instanceof Error ? error.cause.message : error.message}. Give the hub's DATA/keys/ca.crt by --ca or DROVER_CA_FILE`,
    { cause: thrown },
  );
}

/** The JSON of an answer. */
export function parseAnswer(text: string, base: string): unknown {
  if (text === "" || text === "null") return undefined;
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw noHub(base, "no JSON", thrown);
  }
}

/** Something answers, but not as a hub does. */
export function noHub(base: string, found: string, cause?: unknown): AppError {
  return new AppError(
    "FAILED_PRECONDITION",
    `There is no hub at ${base}: it answers with ${found}. 'drover login URL --token T' remembers another address`,
    cause === undefined ? {} : { cause },
  );
}

function errorIn(text: string): { code?: string; message?: string; position?: SourcePosition } | undefined {
  try {
    return (JSON.parse(text) as { error?: { code?: string; message?: string; position?: SourcePosition } } | null)
      ?.error;
  } catch {
    return undefined;
  }
}
