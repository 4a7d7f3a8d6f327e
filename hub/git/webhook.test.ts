import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { AppError } from "../../common/errors.ts";
import { verifyWebhook } from "./webhook.ts";

const secret = "it's a secret";
const sign = (body: string | Buffer, key = secret) => createHmac("sha256", key).update(body).digest("hex");

const github = JSON.stringify({
  ref: "refs/heads/main",
  before: "6113728f27ae82c7b1a177c8d03f9e96e0adf246",
  after: "59b20b8d5c6ff8d09518454d4dd8b7b30f095ab5",
  repository: { id: 35129377, name: "fleet", full_name: "acme/fleet", default_branch: "main" },
  pusher: { name: "ada", email: "ada@example.com" },
  created: false,
  deleted: false,
  forced: false,
  commits: [],
});
const gitea = JSON.stringify({
  ref: "refs/heads/env/prod",
  before: "28e1879d029cb852e4844d9c718537df08844e03",
  after: "bffeb74224043ba2feb48d137756c8a9331c449a",
  repository: { id: 140, owner: { login: "acme" }, name: "fleet", full_name: "acme/fleet" },
});
const gitlab = JSON.stringify({
  object_kind: "push",
  event_name: "push",
  ref: "refs/heads/main",
  checkout_sha: "da1560886d4f094c3e6c9ef40349f7d38b5d27d7",
  project: { id: 15, name: "Fleet", path_with_namespace: "acme/platform/fleet" },
  repository: { name: "Fleet", url: "git@example.com:acme/platform/fleet.git" },
});
const bitbucket = JSON.stringify({
  push: {
    changes: [
      { new: { type: "branch", name: "main" }, old: { type: "branch", name: "main" } },
      { new: null, old: { type: "branch", name: "gone" } },
    ],
  },
  repository: { type: "repository", full_name: "acme/fleet" },
});

test.each([
  [
    "GitHub",
    "acme/fleet",
    ["main"],
    github,
    { "x-github-event": "push", "x-hub-signature-256": `sha256=${sign(github)}` },
  ],
  ["Gitea", "acme/fleet", ["env/prod"], gitea, { "x-gitea-event": "push", "x-gitea-signature": sign(gitea) }],
  ["GitLab", "acme/platform/fleet", ["main"], gitlab, { "x-gitlab-event": "Push Hook", "x-gitlab-token": secret }],
  [
    "Bitbucket",
    "acme/fleet",
    ["main", "gone"],
    bitbucket,
    { "x-event-key": "repo:push", "x-hub-signature": `sha256=${sign(bitbucket)}` },
  ],
])("verifyWebhook() accepts a push of %s and says what moved", (_, repository, branches, body, headers) => {
  const isNamed = !("x-event-key" in headers);
  const said = { repository, branches, ...(isNamed ? { event: { kind: "push" } } : {}) };
  expect(verifyWebhook({ headers, body: Buffer.from(body), secret })).toEqual({ verified: true, ...said });
  expect(verifyWebhook({ headers, body: Buffer.from(body) })).toEqual({ verified: false, ...said });
});

test("rule 19: verifyWebhook() takes any signed body, also one that it does not understand", () => {
  for (const body of ["", "not JSON", "null", "[1]", '{"ref":3,"push":{"changes":"x"}}', '{"ref":"refs/tags/v1"}']) {
    const headers = { "x-hub-signature-256": `sha256=${sign(body)}` };
    expect(verifyWebhook({ headers, body: Buffer.from(body), secret })).toEqual({ verified: true });
    expect(verifyWebhook({ headers: {}, body: Buffer.from(body) })).toEqual({ verified: false });
  }
});

test.each([
  ["unsigned", {}, "it is not signed"],
  ["another secret", { "x-hub-signature-256": `sha256=${sign(github, "other")}` }, "does not match"],
  ["another body", { "x-hub-signature-256": `sha256=${sign(`${github} `)}` }, "does not match"],
  ["a cut signature", { "x-hub-signature-256": `sha256=${sign(github).slice(0, 40)}` }, "does not match"],
  ["no signature at all", { "x-hub-signature-256": "sha256=" }, "does not match"],
  ["a weak hash", { "x-hub-signature": "sha1=7d38cdd689735b008b3c702edd92eea23791c5f6" }, 'begin with "sha256="'],
  ["a wrong token", { "x-gitlab-token": "wrong" }, "X-Gitlab-Token"],
  ["one wrong and one right", { "x-gitlab-token": "wrong", "x-gitea-signature": sign(github) }, "X-Gitlab-Token"],
])("rule 19: verifyWebhook() refuses %s", (_, headers, reason) => {
  const thrown = ((): unknown => {
    try {
      return verifyWebhook({ headers, body: Buffer.from(github), secret });
    } catch (error) {
      return error;
    }
  })();
  expect(thrown).toBeInstanceOf(AppError);
  expect(thrown).toMatchObject({ code: "UNAUTHENTICATED", message: expect.stringContaining(reason) as string });
  expect((thrown as Error).message).not.toContain(secret);
});
