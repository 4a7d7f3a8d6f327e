import { AppError, type ErrorCode } from "../../common/errors.ts";
import { describeCredentials, type Remote, redact } from "./remote.ts";

/** What went wrong on the way to the remote or there. */
export type RemoteFailure = "refused" | "missing" | "unreachable" | "denied" | "race" | "unable";

const codes: Readonly<Record<RemoteFailure, ErrorCode>> = {
  refused: "UNAUTHENTICATED",
  missing: "NOT_FOUND",
  unreachable: "UNAVAILABLE",
  denied: "PERMISSION_DENIED",
  race: "ABORTED",
  unable: "FAILED_PRECONDITION",
};

/** `answer` is what the server or git said; secrets are taken out of it here. */
export function remoteError(
  remote: Remote,
  doing: "fetch from" | "push to",
  failure: RemoteFailure,
  answer: string,
  cause?: unknown,
): AppError {
  const said = redact(answer, remote).trim();
  return new AppError(codes[failure], `Cannot ${doing} "${remote.url}": ${explain(remote, failure)}: ${said}`, {
    ...(cause === undefined ? {} : { cause }),
    details: { url: remote.url },
  });
}

function explain(remote: Remote, failure: RemoteFailure): string {
  const shown = describeCredentials(remote);
  switch (failure) {
    case "refused":
      return remote.credentials === undefined
        ? `the server asks for credentials and ${shown} were given (put them in the URL: https://USER:TOKEN@…)`
        : `the server refused ${shown}`;
    case "missing":
      return `there is no such repository, or ${shown} may not read it`;
    case "unreachable":
      return "the server cannot be reached or broke off";
    case "denied":
      return `the server does not allow it with ${shown}`;
    case "race":
      return "the branch has moved in the meantime";
    case "unable":
      return "the server cannot do what is asked of it";
  }
}

/** Failure that an HTTP status of a git server means. */
export function failureOfStatus(status: number): RemoteFailure {
  if (status === 401 || status === 403 || status === 203) return "refused";
  if (status === 404 || status === 410) return "missing";
  return "unreachable";
}

const patterns: readonly (readonly [RegExp, RemoteFailure])[] = [
  [/authentication failed|could not read (username|password)|permission denied \(|host key verification/i, "refused"],
  [/returned error: 40[13]|invalid (username|credentials)|access denied/i, "refused"],
  [/does not support --atomic/i, "unable"],
  [/repository .*not found|not appear to be a git repository|returned error: 4(04|10)|does not exist/i, "missing"],
];

/** Failure that git's own words (LC_ALL=C) mean. */
export function failureOfText(stderr: string): RemoteFailure {
  return patterns.find(([pattern]) => pattern.test(stderr))?.[1] ?? "unreachable";
}

/** Why the server did not move the branch, from the words behind "ng" or "[remote rejected]". */
export function failureOfRejection(reason: string): RemoteFailure {
  if (/hook declined|protected|prohibited|denied|not allowed|refusing/i.test(reason)) return "denied";
  if (/missing necessary objects|bad pack/i.test(reason)) return "missing";
  return "race";
}
