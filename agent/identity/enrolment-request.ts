import { request } from "node:https";
import { checkServerIdentity } from "node:tls";
import { AppError, type ErrorCode, errorCodes, toAppError } from "../../common/errors.ts";
import { hubUri, urisOf } from "../../common/wire/index.ts";
import type { AgentIdentity, Cancellable } from "../ports.ts";

export interface Enrolment {
  readonly token: string;
  readonly csr: string;
  readonly clusterUid: string;
  readonly agentVersion: string;
}

export type EnrolmentAnswer = Omit<AgentIdentity, "privateKey" | "clusterUid">;

const timeoutMs = 30_000;
const maxAnswerBytes = 256 * 1024;

/** Sends the enrolment over TLS that trusts exactly this CA. The hub's refusals keep their code and message. */
export async function postEnrolment(
  url: string,
  ca: string,
  enrolment: Enrolment,
  options: Cancellable = {},
): Promise<EnrolmentAnswer> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = options.signal === undefined ? deadline : AbortSignal.any([deadline, options.signal]);
  let answer: { status: number; body: string };
  try {
    answer = await post(new URL("/api/v1/enrol", url), ca, JSON.stringify(enrolment), signal);
  } catch (thrown) {
    if (options.signal?.aborted === true) throw options.signal.reason;
    if (deadline.aborted) {
      throw new AppError("DEADLINE_EXCEEDED", `Cannot join at ${url}: no answer within ${timeoutMs} ms`);
    }
    throw toAppError(thrown, `Cannot join at ${url}`);
  }
  const body = parseJson(answer.body);
  if (answer.status < 200 || answer.status > 299) throw refusal(answer.status, body);
  return parseAnswer(body);
}

function post(url: URL, ca: string, body: string, signal: AbortSignal): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      method: "POST",
      ca,
      agent: false,
      minVersion: "TLSv1.3",
      signal,
      headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) },
      checkServerIdentity: (host, certificate) =>
        urisOf(certificate.subjectaltname).includes(hubUri) ? undefined : checkServerIdentity(host, certificate),
    });
    outgoing.once("error", reject);
    outgoing.once("response", (incoming) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      incoming.on("data", (part: Buffer) => {
        bytes += part.length;
        if (bytes > maxAnswerBytes) outgoing.destroy(new AppError("INVALID_ARGUMENT", "the answer is too long"));
        else parts.push(part);
      });
      incoming.once("error", reject);
      incoming.once("end", () =>
        resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(parts).toString("utf8") }),
      );
    });
    outgoing.end(body);
  });
}

function parseJson(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** The hub says code and message, at the top or below "error"; a proxy in between may say neither. */
function refusal(status: number, body: Readonly<Record<string, unknown>>): AppError {
  const inner = typeof body["error"] === "object" && body["error"] !== null ? body["error"] : body;
  const { code, message } = inner as { code?: unknown; message?: unknown };
  const known = Object.keys(errorCodes).find((name) => name === code) as ErrorCode | undefined;
  const text = typeof message === "string" && message !== "" ? message : `the hub answered with status ${status}`;
  return new AppError(known ?? codeOf(status), `The hub refused to let this cluster join: ${text}`);
}

function codeOf(status: number): ErrorCode {
  if (status === 429) return "RESOURCE_EXHAUSTED";
  if (status >= 500) return "UNAVAILABLE";
  if (status === 403) return "PERMISSION_DENIED";
  if (status === 404) return "NOT_FOUND";
  return status === 401 ? "UNAUTHENTICATED" : "INVALID_ARGUMENT";
}

function parseAnswer(body: Readonly<Record<string, unknown>>): EnrolmentAnswer {
  const text = (field: string): string => {
    const value = body[field];
    if (typeof value === "string" && value !== "") return value;
    throw new AppError("INVALID_ARGUMENT", `Cannot join: the hub's answer lacks "${field}"; is this a Drover hub?`);
  };
  return {
    cluster: text("cluster"),
    certificate: text("certificate"),
    ca: text("ca"),
    assignmentKey: text("assignmentKey"),
    hub: text("hub"),
  };
}
