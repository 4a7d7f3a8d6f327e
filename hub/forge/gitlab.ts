import {
  type CommitStatusSchema,
  Commits,
  MergeRequestNotes,
  type MergeRequestSchema,
  MergeRequests,
} from "@gitbeaker/core";
import { createRequesterFn, GitbeakerRequestError } from "@gitbeaker/requester-utils";
import { AppError } from "../../common/errors.ts";
import type { Cancellable, Forge, ForgeStatus, PullRequest, PullRequestBranches } from "../ports.ts";
import { byContext, clippedDescription, clippedText, type ForgeAdapterOptions } from "./adapter.ts";
import { forgeError, noAnswer } from "./forge-error.ts";

export function createGitlabForge({ address, token, trunk, fetch, clock }: ForgeAdapterOptions): Forge {
  const { web, project } = address;
  const description = `GitLab at ${web}/${project}`;

  /** The library's own way to send tries ten times within a quarter of a second, also when it was told to wait. */
  const requesterOf = ({ signal }: Cancellable) =>
    createRequesterFn(
      (_, options) => Promise.resolve(options),
      async (path, given) => {
        const { prefixUrl = "", searchParams, method = "GET", headers, body, signal: limit } = given as Asked;
        const query = searchParams === undefined ? "" : `?${searchParams}`;
        const signals = [signal, limit].filter((each) => each !== undefined);
        const answer = await fetch(`${prefixUrl.replace(/\/$/, "")}/${path}${query}`, {
          method,
          ...(headers === undefined ? {} : { headers }),
          ...(body === undefined ? {} : { body }),
          signal: AbortSignal.any(signals),
        });
        const text = await answer.text();
        if (answer.ok) {
          const read: unknown = text === "" ? {} : JSON.parse(text);
          return { status: answer.status, headers: Object.fromEntries(answer.headers), body: read as never };
        }
        throw new GitbeakerRequestError(wordsOf(text), {
          cause: { description: text, request: new Request(`${web}/${path}`), response: answer },
        });
      },
    );

  async function call<T>(
    doing: string,
    options: Cancellable,
    send: (client: {
      readonly merges: MergeRequests;
      readonly notes: MergeRequestNotes;
      readonly commits: Commits;
    }) => Promise<T>,
  ): Promise<T> {
    const settings = { host: web, token, requesterFn: requesterOf(options), rateLimits: {} };
    try {
      return await send({
        merges: new MergeRequests(settings),
        notes: new MergeRequestNotes(settings),
        commits: new Commits(settings),
      });
    } catch (thrown) {
      if (options.signal?.aborted === true) throw thrown;
      throw errorOf(`${doing} at ${description}`, thrown, clock.now());
    }
  }

  async function findOpen({ head, base }: PullRequestBranches, options: Cancellable) {
    const found = await call("Cannot list merge requests", options, ({ merges }) =>
      merges.all({ projectId: project, sourceBranch: head, targetBranch: base, state: "opened", maxPages: 1 }),
    );
    return found[0] as Merge | undefined;
  }

  const show = (number: number, options: Cancellable) =>
    call(
      `Cannot read merge request !${number}`,
      options,
      ({ merges }) => merges.show(project, number) as Promise<Merge>,
    );

  return {
    description,
    async findPullRequest(branches, options = {}) {
      const found = await findOpen(branches, options);
      return found === undefined ? undefined : pullRequestOf(found);
    },
    pullRequest: async (number, options = {}) => pullRequestOf(await show(number, options)),
    async openPullRequest({ head, base, ...text }, options = {}) {
      const { title, body } = clippedText(text);
      try {
        const doing = `Cannot open a merge request from "${head}" into "${base}"`;
        const made = await call(doing, options, ({ merges }) =>
          merges.create(project, head, base, title, { description: body, squash: false }),
        );
        return pullRequestOf(made);
      } catch (thrown) {
        const exists = thrown instanceof AppError && thrown.details["status"] === 409;
        const found = exists ? await findOpen({ head, base }, options) : undefined;
        if (found === undefined) throw thrown;
        return pullRequestOf(found);
      }
    },
    async updatePullRequest(number, text, options = {}) {
      const { title, body } = clippedText(text);
      await call(`Cannot update merge request !${number}`, options, ({ merges }) =>
        merges.edit(project, number, { title, description: body }),
      );
    },
    async closePullRequest(number, options = {}) {
      await call(`Cannot close merge request !${number}`, options, ({ merges }) =>
        merges.edit(project, number, { stateEvent: "close" }),
      );
    },
    async commentPullRequest(number, text, options = {}) {
      await call(`Cannot comment on merge request !${number}`, options, ({ notes }) =>
        notes.create(project, number, text),
      );
    },
    async mergePullRequest(number, { head, title, message }, options = {}) {
      const doing = `Cannot merge merge request !${number}`;
      try {
        const merged = await call(doing, options, ({ merges }) =>
          merges.merge(project, number, {
            sha: head,
            squash: false,
            shouldRemoveSourceBranch: false,
            mergeCommitMessage: `${title}\n\n${message}`,
          }),
        );
        return mergedOf(merged) ?? head;
      } catch (thrown) {
        throw await mergeError(thrown, () => show(number, options));
      }
    },
    async setStatus(revision, status, options = {}) {
      try {
        await call(`Cannot set the status "${status.context}" of ${revision.slice(0, 12)}`, options, ({ commits }) =>
          commits.editStatus(project, revision, status.state === "failure" ? "failed" : status.state, {
            name: status.context,
            description: clippedDescription(status),
            ...(status.url === undefined ? {} : { targetUrl: status.url }),
          }),
        );
      } catch (thrown) {
        // It has that state already, and then takes no other description.
        const isSame = thrown instanceof AppError && /cannot transition status/i.test(thrown.message);
        if (!isSame) throw thrown;
      }
    },
    async statuses(revision, options = {}) {
      const all = await call(`Cannot read the statuses of ${revision.slice(0, 12)}`, options, ({ commits }) =>
        commits.allStatuses(project, revision),
      );
      // A commit has pipelines for each branch that it is on: those of the trunk decide where it has any.
      const named = new Set(all.filter(({ ref }) => ref === trunk).map(({ name }) => name));
      return byContext(all.filter(({ ref, name }) => ref === trunk || !named.has(name)).map(forgeStatusOf));
    },
  };
}

/** As the library gives it to who sends. */
interface Asked {
  readonly prefixUrl?: string;
  readonly searchParams?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

type Merge = Pick<
  MergeRequestSchema,
  "iid" | "web_url" | "state" | "title" | "description" | "sha" | "merge_commit_sha" | "squash_commit_sha"
> & {
  readonly detailed_merge_status?: string;
  readonly merge_user?: { readonly username: string } | null;
  readonly closed_by?: { readonly username: string } | null;
};

function pullRequestOf(merge: Merge): PullRequest {
  const isMerged = merge.state === "merged";
  const isClosed = merge.state === "closed";
  return {
    number: merge.iid,
    url: merge.web_url,
    state: isMerged ? "merged" : isClosed ? "closed" : "open",
    head: merge.sha,
    title: merge.title,
    body: merge.description ?? "",
    endedBy: isMerged ? merge.merge_user?.username : isClosed ? merge.closed_by?.username : undefined,
    merged: isMerged ? mergedOf(merge) : undefined,
  };
}

/** A project that fast-forwards makes no commit of its own: then it is the head. */
function mergedOf({ merge_commit_sha, squash_commit_sha, sha }: Merge): string | undefined {
  return merge_commit_sha ?? squash_commit_sha ?? sha;
}

const passing = ["success", "skipped"];
const failing = ["failed", "canceled"];

function forgeStatusOf({ name, status, description, target_url, allow_failure }: CommitStatusSchema): ForgeStatus {
  const isPassed = passing.includes(status) || (failing.includes(status) && allow_failure);
  return {
    context: name,
    state: isPassed ? "success" : failing.includes(status) ? "failure" : "pending",
    description: description ?? status,
    url: target_url ?? undefined,
  };
}

function errorOf(doing: string, thrown: unknown, now: number): AppError {
  const cause = thrown instanceof GitbeakerRequestError ? thrown.cause : undefined;
  if (cause === undefined) return noAnswer(doing, thrown);
  const { status, headers } = cause.response;
  const words = (thrown as Error).message;
  return forgeError(doing, { status, headers: Object.fromEntries(headers), words }, now);
}

async function mergeError(thrown: unknown, show: () => Promise<Merge>): Promise<unknown> {
  if (!(thrown instanceof AppError)) return thrown;
  const { message, details } = thrown;
  const { status } = details;
  const keep = { cause: thrown, details };
  if (status === 409) return new AppError("ABORTED", message, keep);
  // GitLab's 401 here: known, but not allowed to merge.
  if (status === 401)
    return new AppError("PERMISSION_DENIED", message.replace("the forge refuses the token: ", ""), keep);
  if (status !== 405 && status !== 406 && status !== 422) return thrown;
  const why = (await show()).detailed_merge_status ?? "";
  // It still looks whether the branches fit together.
  if (["checking", "unchecked", "preparing", "approvals_syncing"].includes(why)) {
    return new AppError("UNAVAILABLE", message, { ...keep, retryAfterMs: 2_000 });
  }
  return new AppError("FAILED_PRECONDITION", why === "" ? message : `${message} (${why})`, keep);
}

/** {"message": "…"}, {"error": "…"}, {"message": {"base": ["…"]}}, or the page of a proxy. */
function wordsOf(text: string): string {
  try {
    const answer = JSON.parse(text) as { message?: unknown; error?: unknown };
    const words = answer.message ?? answer.error ?? text;
    return typeof words === "string" ? words : JSON.stringify(words);
  } catch {
    return text;
  }
}
