import { expect, test } from "vitest";
import { forgeEvent } from "./forge-event.ts";

const sha = "0123456789abcdef0123456789abcdef01234567";

test.each([
  ["a push to GitHub", { "x-github-event": "push" }, {}, { kind: "push" }],
  ["a pull request at GitHub", { "x-github-event": "pull_request" }, {}, { kind: "pullRequest" }],
  [
    "a status at GitHub",
    { "x-github-event": "status" },
    { sha, context: "ci/build" },
    { kind: "status", revision: sha, context: "ci/build" },
  ],
  [
    "a check at GitHub",
    { "x-github-event": "check_run" },
    { check_run: { head_sha: sha, name: "build" } },
    { kind: "status", revision: sha, context: "build" },
  ],
  ["a review at GitHub", { "x-github-event": "pull_request_review" }, {}, { kind: "status" }],
  ["a merge request at GitLab", { "x-gitlab-event": "Merge Request Hook" }, {}, { kind: "pullRequest" }],
  [
    "a job at GitLab",
    { "x-gitlab-event": "Job Hook" },
    { sha, build_name: "build" },
    { kind: "status", revision: sha, context: "build" },
  ],
  [
    "a pipeline at GitLab",
    { "x-gitlab-event": "Pipeline Hook" },
    { object_attributes: { sha } },
    { kind: "status", revision: sha },
  ],
  ["a pull request at Gitea", { "x-gitea-event": "pull_request" }, {}, { kind: "pullRequest" }],
  ["a status at Forgejo", { "x-forgejo-event": "status" }, { sha }, { kind: "status", revision: sha }],
])("rule 19: forgeEvent() knows %s", (_, headers, body, event) => {
  expect(forgeEvent({ headers }, body)).toEqual(event);
});

test("forgeEvent() says nothing of what nobody waits for", () => {
  for (const [headers, body] of [
    [{}, {}],
    [{ "x-github-event": "star" }, { sha }],
    [{ "x-github-event": "toString" }, null],
  ] as const) {
    expect(forgeEvent({ headers }, body)).toBeUndefined();
  }
  expect(forgeEvent({ headers: { "x-gitea-event": "status" } }, [3])).toEqual({ kind: "status" });
});
