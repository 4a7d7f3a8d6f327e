import { AppError } from "../../common/errors.ts";
import type { Cancellable, Forge, ForgeStatus, PullRequest, PullRequestBranches } from "../ports.ts";
import { byContext, clippedDescription, clippedText, type ForgeAdapterOptions } from "./adapter.ts";
import { forgeError, noAnswer } from "./forge-error.ts";

interface GiteaPull {
  readonly number: number;
  readonly html_url: string;
  readonly state: "open" | "closed";
  readonly merged: boolean;
  readonly merged_by: { readonly login: string } | null;
  readonly merge_commit_sha: string | null;
  readonly title: string;
  readonly body: string;
  readonly head: { readonly ref: string; readonly sha: string };
  readonly base: { readonly ref: string };
}

interface GiteaStatus {
  readonly context: string;
  readonly status: string;
  readonly description: string;
  readonly target_url: string;
}

const pageSize = 50;
const mostPages = 20;

/** Gitea and Forgejo: their API is one and the same here. */
export function createGiteaForge({ address, token, fetch, clock }: ForgeAdapterOptions): Forge {
  const { web, project } = address;
  const description = `Gitea at ${web}/${project}`;

  async function call<T>(doing: string, method: string, path: string, body: unknown, { signal }: Cancellable) {
    let answer: Response;
    try {
      answer = await fetch(`${web}/api/v1/repos/${project}${path}`, {
        method,
        headers: { authorization: `token ${await token()}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (thrown) {
      if (signal?.aborted === true) throw thrown;
      throw noAnswer(`${doing} at ${description}`, thrown);
    }
    const text = await answer.text();
    if (answer.ok) return (text === "" ? undefined : parsed(text)) as T;
    const refusal = { status: answer.status, headers: Object.fromEntries(answer.headers), words: wordsOf(text) };
    throw forgeError(`${doing} at ${description}`, refusal, clock.now());
  }

  async function listOpen({ head, base }: PullRequestBranches, options: Cancellable): Promise<GiteaPull | undefined> {
    for (let page = 1; page <= mostPages; page++) {
      const query = new URLSearchParams({ state: "open", base_branch: base, page: `${page}`, limit: `${pageSize}` });
      const pulls = await call<GiteaPull[]>(
        "Cannot list pull requests",
        "GET",
        `/pulls?${query.toString()}`,
        undefined,
        options,
      );
      const found = pulls.find((pull) => pull.head.ref === head && pull.base.ref === base);
      if (found !== undefined || pulls.length < pageSize) return found;
    }
    return undefined;
  }

  const show = (number: number, options: Cancellable) =>
    call<GiteaPull>(`Cannot read pull request #${number}`, "GET", `/pulls/${number}`, undefined, options);

  /** The pull request itself does not tell. */
  async function closedBy(number: number, options: Cancellable): Promise<string | undefined> {
    const doing = `Cannot read pull request #${number}`;
    const events = await call<readonly { type: string; user: { login: string } | null }[]>(
      doing,
      "GET",
      `/issues/${number}/timeline?limit=${pageSize}`,
      undefined,
      options,
    );
    return events.findLast(({ type }) => type === "close")?.user?.login;
  }

  return {
    description,
    async findPullRequest(branches, options = {}) {
      const found = await listOpen(branches, options);
      return found === undefined ? undefined : pullRequestOf(found, undefined);
    },
    async pullRequest(number, options = {}) {
      const pull = await show(number, options);
      const isClosed = pull.state === "closed" && !pull.merged;
      return pullRequestOf(pull, isClosed ? await closedBy(number, options) : undefined);
    },
    async openPullRequest({ head, base, ...text }, options = {}) {
      const { title, body } = clippedText(text);
      try {
        const made = await call<GiteaPull>(
          `Cannot open a pull request from "${head}" into "${base}"`,
          "POST",
          "/pulls",
          { head, base, title, body },
          options,
        );
        return pullRequestOf(made, undefined);
      } catch (thrown) {
        const found = statusOf(thrown) === 409 ? await listOpen({ head, base }, options) : undefined;
        if (found === undefined) throw thrown;
        return pullRequestOf(found, undefined);
      }
    },
    async updatePullRequest(number, text, options = {}) {
      await call(`Cannot update pull request #${number}`, "PATCH", `/pulls/${number}`, clippedText(text), options);
    },
    async closePullRequest(number, options = {}) {
      const doing = `Cannot close pull request #${number}`;
      await call(doing, "PATCH", `/pulls/${number}`, { state: "closed" }, options);
    },
    async commentPullRequest(number, text, options = {}) {
      const doing = `Cannot comment on pull request #${number}`;
      await call(doing, "POST", `/issues/${number}/comments`, { body: text }, options);
    },
    async mergePullRequest(number, { head, title, message }, options = {}) {
      const doing = `Cannot merge pull request #${number}`;
      const merge = { do: "merge", head_commit_id: head, merge_title_field: title, merge_message_field: message };
      try {
        await call(doing, "POST", `/pulls/${number}/merge`, { Do: "merge", ...merge }, options);
      } catch (thrown) {
        throw mergeError(thrown);
      }
      const { merge_commit_sha: merged } = await show(number, options);
      if (merged === null) throw new AppError("UNAVAILABLE", `${doing}: ${description} does not tell what came of it`);
      return merged;
    },
    async setStatus(revision, status, options = {}) {
      await call(
        `Cannot set the status "${status.context}" of ${revision.slice(0, 12)}`,
        "POST",
        `/statuses/${revision}`,
        {
          context: status.context,
          state: status.state,
          description: clippedDescription(status),
          target_url: status.url ?? "",
        },
        options,
      );
    },
    async statuses(revision, options = {}) {
      const all: GiteaStatus[] = [];
      for (let page = 1; page <= mostPages; page++) {
        const { statuses } = await call<{ readonly statuses: readonly GiteaStatus[] | null }>(
          `Cannot read the statuses of ${revision.slice(0, 12)}`,
          "GET",
          `/commits/${revision}/status?page=${page}&limit=${pageSize}`,
          undefined,
          options,
        );
        all.push(...(statuses ?? []));
        if ((statuses ?? []).length < pageSize) break;
      }
      return byContext(all.map(forgeStatusOf));
    },
  };
}

function pullRequestOf(pull: GiteaPull, closedBy: string | undefined): PullRequest {
  return {
    number: pull.number,
    url: pull.html_url,
    state: pull.merged ? "merged" : pull.state,
    head: pull.head.sha,
    title: pull.title,
    body: pull.body,
    endedBy: pull.merged ? pull.merged_by?.login : closedBy,
    merged: pull.merged ? (pull.merge_commit_sha ?? undefined) : undefined,
  };
}

function forgeStatusOf({ context, status, description, target_url }: GiteaStatus): ForgeStatus {
  const passes = status === "success" || status === "skipped";
  return {
    context,
    state: status === "pending" ? "pending" : passes ? "success" : "failure",
    description,
    url: target_url === "" ? undefined : target_url,
  };
}

function mergeError(thrown: unknown): unknown {
  if (!(thrown instanceof AppError)) return thrown;
  const { message, details } = thrown;
  const keep = { cause: thrown, details };
  // It still looks whether the branches fit together.
  if (/Please try again later/.test(message))
    return new AppError("UNAVAILABLE", message, { ...keep, retryAfterMs: 1_000 });
  if (/(head|push) out of date/.test(message)) return new AppError("ABORTED", message, keep);
  const isRefused = details["status"] === 405 || details["status"] === 409;
  return isRefused ? new AppError("FAILED_PRECONDITION", message, keep) : thrown;
}

function statusOf(thrown: unknown): unknown {
  return thrown instanceof AppError ? thrown.details["status"] : undefined;
}

/** Errors are JSON with a message, pages of proxies anything. */
function wordsOf(text: string): string {
  const answer = parsed(text) as { message?: unknown; errors?: unknown } | undefined;
  return typeof answer?.message === "string" ? answer.message : text;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
