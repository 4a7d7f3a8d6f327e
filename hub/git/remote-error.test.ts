import { expect, test } from "vitest";
import { parseRemote } from "./remote.ts";
import { failureOfRejection, failureOfStatus, failureOfText, remoteError } from "./remote-error.ts";

test.each([
  ["fatal: Authentication failed for 'https://example.com/x.git/'", "refused"],
  ["fatal: could not read Username for 'https://example.com': terminal prompts disabled", "refused"],
  ["git@example.com: Permission denied (publickey).", "refused"],
  ["fatal: unable to access 'https://example.com/x/': The requested URL returned error: 403", "refused"],
  ["remote: Repository not found.\nfatal: repository 'https://example.com/x.git/' not found", "missing"],
  ["fatal: '/srv/x' does not appear to be a git repository", "missing"],
  ["fatal: unable to access 'http://x/': Could not resolve host: x", "unreachable"],
  ["fatal: the remote end hung up unexpectedly", "unreachable"],
] as const)("failureOfText() understands %j", (text, failure) => {
  expect(failureOfText(text)).toBe(failure);
});

test("failureOfRejection() and failureOfStatus() tell apart what to do next", () => {
  const reasons = [
    "incorrect old value provided",
    "stale info",
    "hook declined",
    "protected branch",
    "missing necessary objects",
  ];
  expect(reasons.map(failureOfRejection)).toEqual(["race", "race", "denied", "denied", "missing"]);
  expect([401, 403, 404, 500, 502].map(failureOfStatus)).toEqual([
    "refused",
    "refused",
    "missing",
    "unreachable",
    "unreachable",
  ]);
});

test("remoteError() says where, with what, and what was answered, without secrets", () => {
  const remote = parseRemote("https://bot:hunter2@example.com/x.git");
  const error = remoteError(remote, "fetch from", "refused", "401 bad password hunter2");
  expect([error.code, error.message]).toEqual([
    "UNAUTHENTICATED",
    'Cannot fetch from "https://example.com/x.git": the server refused the credentials of user "bot": 401 bad password ***',
  ]);
});
