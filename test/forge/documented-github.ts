import {
  createDocumentedRepository,
  type DocumentedAnswer,
  type DocumentedPull,
  type DocumentedRepository,
  type DocumentedRequest,
  type DocumentedServer,
  end,
  headOf,
  serve,
} from "./documented-repository.ts";

/** A run of a check, as GitHub Actions and other apps make them. */
export interface DocumentedCheckRun {
  readonly revision: string;
  readonly name: string;
  readonly status: "queued" | "in_progress" | "completed";
  readonly conclusion: string | null;
}

/** Answers as GitHub's REST API (2022-11-28) says it does, for one repository "acme/fleet"; tokens: user name → token. */
export async function startDocumentedGithub(tokens: ReadonlyMap<string, string>): Promise<{
  readonly server: DocumentedServer;
  readonly repository: DocumentedRepository;
  readonly checkRuns: DocumentedCheckRun[];
}> {
  const repository = createDocumentedRepository();
  const checkRuns: DocumentedCheckRun[] = [];
  const server = await serve((request, url) => {
    const token = request.headers.authorization?.replace(/^(token|bearer) /i, "") ?? "";
    const user = [...tokens].find(([, each]) => each === token)?.[0];
    if (user === undefined) return failure(401, "Bad credentials");
    return answerOf(repository, checkRuns, request, user, url);
  });
  return { server, repository, checkRuns };
}

const failure = (status: number, message: string, errors?: unknown): DocumentedAnswer => ({
  status,
  body: { message, ...(errors === undefined ? {} : { errors }), documentation_url: "https://docs.github.com/rest" },
});

function answerOf(
  repository: DocumentedRepository,
  checkRuns: readonly DocumentedCheckRun[],
  { method, path, query, body }: DocumentedRequest,
  user: string,
  url: string,
): DocumentedAnswer {
  const { branches, pulls, statuses } = repository;
  const below = /^\/api\/v3\/repos\/acme\/fleet(\/.*)$/.exec(path)?.[1];
  if (below === undefined) return failure(404, "Not Found");
  const show = (pull: DocumentedPull) => pullOf(repository, pull, url);

  if (below === "/pulls" && method === "GET") {
    const found = pulls.filter(
      ({ head, base, state }) => state === "open" && `acme:${head}` === query.get("head") && base === query.get("base"),
    );
    return { status: 200, body: found.map(show) };
  }
  if (below === "/pulls" && method === "POST") {
    const { head, base, title, body: words } = body as Record<"head" | "base" | "title" | "body", string>;
    if (pulls.some((each) => each.state === "open" && each.head === head && each.base === base)) {
      const message = `A pull request already exists for acme:${head}.`;
      return failure(422, "Validation Failed", [{ resource: "PullRequest", code: "custom", message }]);
    }
    const made: DocumentedPull = {
      ...{ number: pulls.length + 1, head, base, title, body: words, state: "open" },
      ...{ lastHead: undefined, endedBy: undefined, merged: undefined, comments: [] },
    };
    pulls.push(made);
    return { status: 201, body: show(made) };
  }
  const [, kind, number, action] = /^\/(pulls|issues)\/(\d+)(\/merge|\/comments)?$/.exec(below) ?? [];
  if (kind !== undefined) {
    const pull = pulls.find((each) => each.number === Number(number));
    if (pull === undefined) return failure(404, "Not Found");
    if (kind === "issues" && action === "/comments") {
      pull.comments.push(String(body["body"]));
      return { status: 201, body: { id: pull.comments.length, body: body["body"], user: { login: user } } };
    }
    if (kind === "issues") {
      const closer = pull.state === "open" ? null : { login: pull.endedBy };
      return { status: 200, body: { number: pull.number, state: show(pull).state, closed_by: closer } };
    }
    if (action !== undefined) {
      if (body["sha"] !== headOf(repository, pull)) {
        return failure(409, "Head branch was modified. Review and try the merge again.");
      }
      if (repository.protectedBranches.has(pull.base)) {
        return failure(405, 'Required status check "required" is expected.');
      }
      end(repository, pull, "merged", user);
      return { status: 200, body: { sha: pull.merged, merged: true, message: "Pull Request successfully merged" } };
    }
    if (method === "PATCH") {
      if (typeof body["title"] === "string") pull.title = body["title"];
      if (typeof body["body"] === "string") pull.body = body["body"];
      if (body["state"] === "closed") end(repository, pull, "closed", user);
    }
    return { status: 200, body: show(pull) };
  }

  const sha = /^\/statuses\/([0-9a-f]{40})$/.exec(below)?.[1];
  if (sha !== undefined) {
    if (![...branches.values()].includes(sha)) return failure(422, `No commit found for SHA: ${sha}`);
    const { context, state, description, target_url: target } = body as Record<string, string>;
    if ((description ?? "").length > 140) return failure(422, "Validation Failed");
    const made = { revision: sha, context: context ?? "default", state: state ?? "" };
    statuses.push({ ...made, description: description ?? null, url: target ?? null, ref: "" });
    return { status: 201, body: { context, state, description, target_url: target ?? null } };
  }
  const [, ref, what] = /^\/commits\/([0-9a-f]{40})\/(status|check-runs)$/.exec(below) ?? [];
  const pageSize = Number(query.get("per_page") ?? 30);
  const from = (Number(query.get("page") ?? 1) - 1) * pageSize;
  if (what === "status") {
    const latest = new Map(statuses.filter(({ revision }) => revision === ref).map((each) => [each.context, each]));
    const page = [...latest.values()]
      .slice(from, from + pageSize)
      .map(({ context, state, description, url: target }) => {
        return { context, state, description, target_url: target };
      });
    return { status: 200, body: { state: "pending", sha: ref, total_count: latest.size, statuses: page } };
  }
  if (what === "check-runs") {
    const found = checkRuns.filter(({ revision }) => revision === ref);
    const page = found.slice(from, from + pageSize).map(({ name, status, conclusion }) => {
      return { name, status, conclusion, output: { title: null }, html_url: null };
    });
    return { status: 200, body: { total_count: found.length, check_runs: page } };
  }
  return failure(404, "Not Found");
}

function pullOf(repository: DocumentedRepository, pull: DocumentedPull, url: string) {
  const isMerged = pull.state === "merged";
  return {
    number: pull.number,
    html_url: `${url}/acme/fleet/pull/${pull.number}`,
    state: pull.state === "open" ? "open" : "closed",
    merged_at: isMerged ? "2026-11-23T10:00:00Z" : null,
    merged_by: isMerged ? { login: pull.endedBy } : null,
    merge_commit_sha: pull.merged ?? null,
    title: pull.title,
    body: pull.body,
    head: { ref: pull.head, sha: headOf(repository, pull) },
    base: { ref: pull.base },
  };
}
