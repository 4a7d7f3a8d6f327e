import type { Json, JsonObject } from "./json.ts";

export interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly causes?: readonly Cause[];
  readonly retryAfterSeconds?: number;
}

/** A failure as the API server words it: becomes a Status document. */
export class ApiError extends Error {
  readonly code: number;
  readonly reason: string | undefined;
  readonly details: StatusDetails | undefined;

  constructor(code: number, reason: string | undefined, message: string, details?: StatusDetails) {
    super(message);
    this.name = "ApiError";
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  toStatus(): JsonObject {
    return {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: this.message,
      ...(this.reason === undefined ? {} : { reason: this.reason }),
      ...(this.details === undefined ? {} : { details: this.details as unknown as Json }),
      code: this.code,
    };
  }
}

/** What the errors need to know of a kind. */
interface KindName {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
}

function resource({ group, plural }: KindName): string {
  return group === "" ? plural : `${plural}.${group}`;
}

function details({ group, plural }: KindName, name: string): StatusDetails {
  return { ...(name === "" ? {} : { name }), ...(group === "" ? {} : { group }), kind: plural };
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, "BadRequest", message);
}

export function unauthorized(): ApiError {
  return new ApiError(401, "Unauthorized", "Unauthorized");
}

export function forbidden(kind: KindName, name: string, why: string, causes?: readonly Cause[]): ApiError {
  return new ApiError(403, "Forbidden", `${resource(kind)} "${name}" is forbidden: ${why}`, {
    ...details(kind, name),
    ...(causes === undefined ? {} : { causes }),
  });
}

export function notFound(kind: KindName, name: string): ApiError {
  return new ApiError(404, "NotFound", `${resource(kind)} "${name}" not found`, details(kind, name));
}

export function namespaceNotFound(name: string): ApiError {
  return new ApiError(404, "NotFound", `namespaces "${name}" not found`, { name, kind: "namespaces" });
}

/** The group and version are served, the resource is not. */
export function noSuchResource(): ApiError {
  return new ApiError(404, "NotFound", "the server could not find the requested resource", {});
}

export function methodNotAllowed(): ApiError {
  return new ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {});
}

export function alreadyExists(kind: KindName, name: string): ApiError {
  return new ApiError(409, "AlreadyExists", `${resource(kind)} "${name}" already exists`, details(kind, name));
}

export function modified(kind: KindName, name: string, why?: string): ApiError {
  const reason = why ?? "the object has been modified; please apply your changes to the latest version and try again";
  return new ApiError(
    409,
    "Conflict",
    `Operation cannot be fulfilled on ${resource(kind)} "${name}": ${reason}`,
    details(kind, name),
  );
}

/** `causes` in the order of their managers. */
export function applyConflict(causes: readonly Cause[]): ApiError {
  const [first] = causes;
  if (causes.length === 1 && first !== undefined) {
    return new ApiError(409, "Conflict", `Apply failed with 1 conflict: ${first.message}: ${first.field}`, { causes });
  }
  const lines = causes.flatMap(({ message, field }, index) => {
    const heading = message === causes[index - 1]?.message ? [] : [`${message.replace("conflict", "conflicts")}:`];
    return [...heading, `- ${field}`];
  });
  return new ApiError(409, "Conflict", `Apply failed with ${causes.length} conflicts: ${lines.join("\n")}`, { causes });
}

export function gone(message: string): ApiError {
  return new ApiError(410, "Expired", message);
}

export function invalid(kind: KindName, name: string, causes: readonly Cause[]): ApiError {
  const lines = causes.map(({ field, message }) => (field === "" ? message : `${field}: ${message}`));
  const text = lines.length === 1 ? lines[0] : `[${lines.join(", ")}]`;
  const of = kind.group === "" ? kind.kind : `${kind.kind}.${kind.group}`;
  return new ApiError(422, "Invalid", `${of} "${name}" is invalid: ${text}`, {
    ...(name === "" ? {} : { name }),
    ...(kind.group === "" ? {} : { group: kind.group }),
    kind: kind.kind,
    causes,
  });
}

export function tooManyRequests(retryAfterSeconds: number): ApiError {
  return new ApiError(429, "TooManyRequests", "Too many requests, please try again later.", { retryAfterSeconds });
}

export function internal(message: string): ApiError {
  return new ApiError(500, "InternalError", `Internal error occurred: ${message}`, {
    causes: [{ reason: "", message, field: "" }],
  });
}

export const required = (field: string, why = ""): Cause => ({
  reason: "FieldValueRequired",
  message: why === "" ? "Required value" : `Required value: ${why}`,
  field,
});

export const invalidValue = (field: string, value: Json | undefined, why: string): Cause => ({
  reason: "FieldValueInvalid",
  message: `Invalid value: ${JSON.stringify(value ?? null)}: ${why}`,
  field,
});

export const forbiddenValue = (field: string, why: string): Cause => ({
  reason: "FieldValueForbidden",
  message: `Forbidden: ${why}`,
  field,
});
