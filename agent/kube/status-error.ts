import { AppError, type ErrorCode } from "../../common/errors.ts";
import { type Admission, admissionOf } from "./admission.ts";

/** One reason among several in a Status: a conflicting manager, an invalid field. */
export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/** What the AppErrors of this folder carry in `details`. */
export interface StatusDetails {
  /** HTTP status code. */
  readonly status: number;
  /** The API server's own word: "Conflict", "Expired", … */
  readonly reason?: string;
  readonly causes?: readonly StatusCause[];
  /** The API server serves no such kind. */
  readonly kindUnknown?: true;
  /** The namespace to write to does not exist. */
  readonly namespaceMissing?: true;
  readonly namespaceTerminating?: true;
  /** Larger than what the API server takes or etcd keeps. */
  readonly tooLarge?: true;
  /** The admission plugin, webhook or policy that said no. */
  readonly deniedBy?: Admission;
  /** The resourceVersion or continue token is too old, or of another history: list again. */
  readonly expired?: true;
}

/** An answer that is not 2xx, or an ERROR event of a watch. */
export interface Refusal {
  readonly status: number;
  /** Text of the answer: a Status object, or anything that a proxy in between writes. */
  readonly text: string;
  readonly retryAfterMs?: number | undefined;
}

interface Status {
  readonly message?: string;
  readonly reason?: string;
  readonly details?: {
    readonly name?: string;
    readonly kind?: string;
    readonly causes?: readonly StatusCause[];
    readonly retryAfterSeconds?: number;
  };
}

const codesOfStatus: Readonly<Record<number, ErrorCode>> = {
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  408: "DEADLINE_EXCEEDED",
  409: "ABORTED",
  410: "ABORTED",
  429: "RESOURCE_EXHAUSTED",
  504: "DEADLINE_EXCEEDED",
};

/**
 * The one place where a Kubernetes Status becomes an AppError. `doing` completes "Cannot …"; the API server's message
 * follows as it is.
 */
export function statusError(doing: string, refusal: Refusal): AppError {
  const status = parseStatus(refusal.text);
  const said = status?.message ?? plainText(refusal);
  const tooLarge = status !== undefined && isTooLarge(refusal.status, said);
  const message = tooLarge ? `it is larger than what a cluster can keep, about 1.5 MB: ${said}` : said;
  const { retryAfterSeconds } = status?.details ?? {};
  const retryAfterMs =
    refusal.retryAfterMs ?? (retryAfterSeconds === undefined ? undefined : retryAfterSeconds * 1_000);
  const details = detailsOf(refusal.status, status, message);
  return new AppError(codeOf(refusal.status, details, message), `Cannot ${doing}: ${message}`, {
    details: { ...details },
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function parseStatus(text: string): Status | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    const value = JSON.parse(text) as Status & { kind?: unknown };
    return value.kind === "Status" ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Something else than an API server answered, or it has no handler for the path at all. */
function plainText({ status, text }: Refusal): string {
  const line = text.trim().slice(0, 300);
  return line === "" ? `the API server answered ${status}` : `the API server answered ${status}: ${line}`;
}

function detailsOf(code: number, status: Status | undefined, message: string): StatusDetails {
  const { name, kind } = status?.details ?? {};
  const causes = status?.details?.causes ?? schemaCauses(message);
  const hasCause = (reason: string) => causes?.some((cause) => cause.reason === reason) === true;
  const isTerminating = hasCause("NamespaceTerminating");
  const deniedBy = status === undefined || isTerminating ? undefined : admissionOf(code, message);
  const namesObject = name !== undefined && name !== "";
  return {
    status: code,
    ...(status?.reason === undefined ? {} : { reason: status.reason }),
    ...(causes === undefined ? {} : { causes }),
    ...(code === 404 && !namesObject ? { kindUnknown: true } : {}),
    ...(code === 404 && kind === "namespaces" ? { namespaceMissing: true } : {}),
    ...(isTerminating ? { namespaceTerminating: true } : {}),
    ...(status !== undefined && isTooLarge(code, message) ? { tooLarge: true } : {}),
    ...(deniedBy === undefined ? {} : { deniedBy }),
    ...(code === 410 || hasCause("ResourceVersionTooLarge") ? { expired: true } : {}),
  };
}

function codeOf(code: number, details: StatusDetails, message: string): ErrorCode {
  if (details.namespaceTerminating === true) return "FAILED_PRECONDITION";
  if (details.deniedBy !== undefined) {
    return details.deniedBy.type === "quota" ? "RESOURCE_EXHAUSTED" : "INVALID_ARGUMENT";
  }
  if (details.reason === "AlreadyExists") return "ALREADY_EXISTS";
  if (details.tooLarge === true || isAgainstSchema(message) || isAgainstVersion(message)) return "INVALID_ARGUMENT";
  // Redirections come from something in between.
  return codesOfStatus[code] ?? (code >= 500 || code < 400 ? "UNAVAILABLE" : "INVALID_ARGUMENT");
}

/** What etcd does not take comes back as 500, in its words or those of the connection to it. */
function isTooLarge(code: number, message: string): boolean {
  return code === 413 || /etcdserver: request is too large|trying to send message larger than max/.test(message);
}

/** Server-side apply answers 500 to an object that does not fit the schema, with the fields in the message only. */
function isAgainstSchema(message: string): boolean {
  return message.startsWith("failed to create typed patch object");
}

/** It answers 500, too, when what a manager has cannot be expressed in the version that the manager has it in. */
function isAgainstVersion(message: string): boolean {
  return message.startsWith("failed to prune fields") && message.includes("field not declared in schema");
}

function schemaCauses(message: string): readonly StatusCause[] | undefined {
  if (!isAgainstSchema(message)) return undefined;
  const fields = message.slice(message.indexOf("): ")).matchAll(/\s([.][^\s:]+): (.+)/g);
  return [...fields].map(([, field = "", text = ""]) => ({ field, message: text }));
}
