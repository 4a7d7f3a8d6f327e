import { Octokit } from "@octokit/core";
import { AppError } from "../../common/errors.ts";
import type { Cancellable, Forge, ForgeStatus, PullRequest, PullRequestBranches } from "../ports.ts";
import { byContext, clippedDescription, clippedText, type ForgeAdapterOptions } from "./adapter.ts";
import { forgeError, noAnswer } from "./forge-error.ts";

interface GithubPull {
  readonly number: number;
  readonly html_url: string;
  readonly state: string;
  readonly merged_at: string | null;
  readonly merge_commit_sha: string | null;
  readonly merged_by?: { readonly login: string } | null;
  readonly title: string;
  readonly body: string | null;
  readonly head: { readonly sha: string };
}

interface RequestFailure {
  readonly status: number;
  readonly message: string;
  readonly response?: { readonly headers: Record<string, string | number | undefined> };
  readonly cause?: unknown;
}

const pageSize = 100;
const silent = { debug() {}, info() {}, warn() {}, error() {} };

export function createGithubForge({ address, token, fetch, clock }: ForgeAdapterOptions): Forge {
  const { web, project } = address;
  const [owner = "", repo = ""] = project.split("/");
  const description = `GitHub at ${web}/${project}`;
  // GitHub Enterprise Server has its API below its pages.
  const baseUrl = web === "https://github.com" ? "https://api.github.com" : `${web}/api/v3`;
  const client = new Octokit({ baseUrl, userAgent: "drover", request: { fetch }, log: silent });

  async function call<T>(
    doing: string,
    options: Cancellable,
    send: (asked: Asked) => Promise<{ data: T }>,
  ): Promise<T> {
    try {
      const { signal } = options;
      const headers = { authorization: `token ${await token()}`, "x-github-api-version": "2022-11-28" };
      return (await send({ owner, repo, headers, ...(signal === undefined ? {} : { request: { signal } }) })).data;
    } catch (thrown) {
      if (options.signal?.aborted === true) throw thrown;
      throw errorOf(`${doing} at ${description}`, thrown, clock.now());
    }
  }

  async function findOpen({ head, base }: PullRequestBranches, options: Cancellable): Promise<GithubPull | undefined> {
    const pulls = await call("Cannot list pull requests", options, (asked) =>
      client.request("GET /repos/{owner}/{repo}/pulls", { ...asked, head: `${owner}:${head}`, base, state: "open" }),
    );
    return pulls[0];
  }

  const show = (number: number, options: Cancellable): Promise<GithubPull> =>
    call(`Cannot read pull request #${number}`, options, (asked) =>
      client.request("GET /repos/{owner}/{repo}/pulls/{pull_number}", { ...asked, pull_number: number }),
    );

  /** The pull request itself does not tell, the issue that it also is does. */
  async function closedBy(number: number, options: Cancellable): Promise<string | undefined> {
    const issue = await call(`Cannot read pull request #${number}`, options, (asked) =>
      client.request("GET /repos/{owner}/{repo}/issues/{issue_number}", { ...asked, issue_number: number }),
    );
    return issue.closed_by?.login;
  }

  return {
    description,
    async findPullRequest(branches, options = {}) {
      const found = await findOpen(branches, options);
      return found === undefined ? undefined : pullRequestOf(found, undefined);
    },
    async pullRequest(number, options = {}) {
      const pull = await show(number, options);
      const isClosed = pull.state === "closed" && pull.merged_at === null;
      return pullRequestOf(pull, isClosed ? await closedBy(number, options) : undefined);
    },
    async openPullRequest({ head, base, ...text }, options = {}) {
      try {
        const made = await call(`Cannot open a pull request from "${head}" into "${base}"`, options, (asked) =>
          client.request("POST /repos/{owner}/{repo}/pulls", { ...asked, head, base, ...clippedText(text) }),
        );
        return pullRequestOf(made, undefined);
      } catch (thrown) {
        const exists = thrown instanceof AppError && thrown.details["status"] === 422;
        const found = exists ? await findOpen({ head, base }, options) : undefined;
        if (found === undefined) throw thrown;
        return pullRequestOf(found, undefined);
      }
    },
    async updatePullRequest(number, text, options = {}) {
      await call(`Cannot update pull request #${number}`, options, (asked) =>
        client.request("PATCH /repos/{owner}/{repo}/pulls/{pull_number}", {
          ...asked,
          pull_number: number,
          ...clippedText(text),
        }),
      );
    },
    async closePullRequest(number, options = {}) {
      await call(`Cannot close pull request #${number}`, options, (asked) =>
        client.request("PATCH /repos/{owner}/{repo}/pulls/{pull_number}", {
          ...asked,
          pull_number: number,
          state: "closed",
        }),
      );
    },
    async commentPullRequest(number, text, options = {}) {
      await call(`Cannot comment on pull request #${number}`, options, (asked) =>
        client.request("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", {
          ...asked,
          issue_number: number,
          body: text,
        }),
      );
    },
    async mergePullRequest(number, { head, title, message }, options = {}) {
      try {
        const { sha } = await call(`Cannot merge pull request #${number}`, options, (asked) =>
          client.request("PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge", {
            ...asked,
            pull_number: number,
            sha: head,
            merge_method: "merge",
            commit_title: title,
            commit_message: message,
          }),
        );
        return sha;
      } catch (thrown) {
        throw mergeError(thrown);
      }
    },
    async setStatus(revision, status, options = {}) {
      await call(`Cannot set the status "${status.context}" of ${revision.slice(0, 12)}`, options, (asked) =>
        client.request("POST /repos/{owner}/{repo}/statuses/{sha}", {
          ...asked,
          sha: revision,
          context: status.context,
          state: status.state,
          description: clippedDescription(status),
          ...(status.url === undefined ? {} : { target_url: status.url }),
        }),
      );
    },
    /** Statuses, and the checks of GitHub's apps, among them Actions: people see them in one list. */
    async statuses(revision, options = {}) {
      const doing = `Cannot read the statuses of ${revision.slice(0, 12)}`;
      const found: ForgeStatus[] = [];
      for (let page = 1, left = 1; left > 0; page++) {
        const { statuses, total_count } = await call(doing, options, (asked) =>
          client.request("GET /repos/{owner}/{repo}/commits/{ref}/status", {
            ...asked,
            ref: revision,
            per_page: pageSize,
            page,
          }),
        );
        left = statuses.length === 0 ? 0 : total_count - page * pageSize;
        for (const { context, state, description: words, target_url: url } of statuses) {
          const known = state === "pending" || state === "success" ? state : "failure";
          found.push({ context, state: known, description: words ?? "", url: url ?? undefined });
        }
      }
      for (let page = 1, left = 1; left > 0; page++) {
        const { check_runs, total_count } = await call(doing, options, (asked) =>
          client.request("GET /repos/{owner}/{repo}/commits/{ref}/check-runs", {
            ...asked,
            ref: revision,
            filter: "latest",
            per_page: pageSize,
            page,
          }),
        );
        left = check_runs.length === 0 ? 0 : total_count - page * pageSize;
        for (const { name, status, conclusion, output, html_url } of check_runs) {
          const state = status !== "completed" ? "pending" : isPassed(conclusion) ? "success" : "failure";
          const words = output.title ?? conclusion ?? status;
          found.push({ context: name, state, description: words, url: html_url ?? undefined });
        }
      }
      return byContext(found);
    },
  };
}

interface Asked {
  readonly owner: string;
  readonly repo: string;
  readonly headers: Record<string, string>;
  readonly request?: { readonly signal: AbortSignal };
}

/** What branch protection takes for passed. */
function isPassed(conclusion: string | null): boolean {
  return conclusion === "success" || conclusion === "neutral" || conclusion === "skipped";
}

function pullRequestOf(pull: GithubPull, closedBy: string | undefined): PullRequest {
  const isMerged = pull.merged_at !== null;
  return {
    number: pull.number,
    url: pull.html_url,
    state: isMerged ? "merged" : pull.state === "closed" ? "closed" : "open",
    head: pull.head.sha,
    title: pull.title,
    body: pull.body ?? "",
    endedBy: isMerged ? pull.merged_by?.login : closedBy,
    merged: isMerged ? (pull.merge_commit_sha ?? undefined) : undefined,
  };
}

function errorOf(doing: string, thrown: unknown, now: number): AppError {
  if (thrown instanceof AppError) return noAnswer(doing, thrown);
  const { status, message, response, cause } = thrown as RequestFailure;
  // Without an answer the library says 500.
  if (response === undefined) return noAnswer(doing, cause ?? thrown);
  return forgeError(doing, { status, headers: response.headers, words: message }, now);
}

function mergeError(thrown: unknown): unknown {
  if (!(thrown instanceof AppError)) return thrown;
  const { message, details } = thrown;
  const { status } = details;
  const keep = { cause: thrown, details };
  // "Head branch was modified", "Base branch was modified": review and try again.
  if (status === 409 || /branch was modified/i.test(message)) return new AppError("ABORTED", message, keep);
  return status === 405 || status === 422 ? new AppError("FAILED_PRECONDITION", message, keep) : thrown;
}
