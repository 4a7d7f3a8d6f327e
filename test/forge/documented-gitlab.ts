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

/** Answers as GitLab's REST API (v4) says it does, for one project "acme/ops/fleet"; tokens: user name → token. */
export async function startDocumentedGitlab(tokens: ReadonlyMap<string, string>): Promise<{
  readonly server: DocumentedServer;
  readonly repository: DocumentedRepository;
}> {
  const repository = createDocumentedRepository();
  const server = await serve((request, url) => {
    const token = request.headers["private-token"];
    const user = [...tokens].find(([, each]) => each === token)?.[0];
    if (user === undefined) return { status: 401, body: { message: "401 Unauthorized" } };
    return answerOf(repository, request, user, url);
  });
  return { server, repository };
}

function answerOf(
  repository: DocumentedRepository,
  { method, path, query, body }: DocumentedRequest,
  user: string,
  url: string,
): DocumentedAnswer {
  const { branches, pulls, statuses } = repository;
  const below = /^\/api\/v4\/projects\/acme\/ops\/fleet(\/.*)$/.exec(path)?.[1];
  if (below === undefined) return { status: 404, body: { message: "404 Project Not Found" } };
  const show = (pull: DocumentedPull) => mergeOf(repository, pull, url);

  if (below === "/merge_requests" && method === "GET") {
    const found = pulls.filter(
      ({ head, base, state }) =>
        (query.get("state") !== "opened" || state === "open") &&
        head === query.get("source_branch") &&
        base === query.get("target_branch"),
    );
    return { status: 200, body: found.map(show) };
  }
  if (below === "/merge_requests" && method === "POST") {
    const { source_branch: head = "", target_branch: base = "", title = "", description = "" } = body as Texts;
    const open = pulls.find((each) => each.state === "open" && each.head === head && each.base === base);
    if (open !== undefined) {
      const message = [`Another open merge request already exists for this source branch: !${open.number}`];
      return { status: 409, body: { message } };
    }
    const made: DocumentedPull = {
      ...{ number: pulls.length + 1, head, base, title, body: description, state: "open" },
      ...{ lastHead: undefined, endedBy: undefined, merged: undefined, comments: [] },
    };
    pulls.push(made);
    return { status: 201, body: show(made) };
  }
  const [, number, action] = /^\/merge_requests\/(\d+)(\/merge|\/notes)?$/.exec(below) ?? [];
  if (number !== undefined) {
    const pull = pulls.find((each) => each.number === Number(number));
    if (pull === undefined) return { status: 404, body: { message: "404 Not found" } };
    if (action === "/notes") {
      pull.comments.push(String(body["body"]));
      return { status: 201, body: { id: pull.comments.length, body: body["body"], author: { username: user } } };
    }
    if (action !== undefined) {
      if (body["sha"] !== headOf(repository, pull)) {
        return {
          status: 409,
          body: { message: `SHA does not match HEAD of source branch: ${headOf(repository, pull)}` },
        };
      }
      if (repository.protectedBranches.has(pull.base))
        return { status: 405, body: { message: "405 Method Not Allowed" } };
      end(repository, pull, "merged", user);
      return { status: 200, body: show(pull) };
    }
    const { title, description, state_event: event } = body as Texts;
    if (title !== undefined) pull.title = title;
    if (description !== undefined) pull.body = description;
    if (event === "close") end(repository, pull, "closed", user);
    return { status: 200, body: show(pull) };
  }

  const sha = /^\/statuses\/([0-9a-f]{40})$/.exec(below)?.[1];
  if (sha !== undefined) {
    if (![...branches.values()].includes(sha)) return { status: 404, body: { message: "404 Commit Not Found" } };
    const { name = "default", state = "", description, target_url: target } = body as Texts;
    const latest = statuses.findLast((each) => each.revision === sha && each.context === name);
    if (latest?.state === state) {
      const message = `Cannot transition status via :${state} from :${state}`;
      return { status: 400, body: { message } };
    }
    if ((description ?? "").length > 255) return { status: 400, body: { message: { description: ["is too long"] } } };
    const made = { revision: sha, context: name, state, description: description ?? null, url: target ?? null };
    statuses.push({ ...made, ref: "main" });
    return { status: 201, body: { name, status: state } };
  }
  const ref = /^\/repository\/commits\/([0-9a-f]{40})\/statuses$/.exec(below)?.[1];
  if (ref !== undefined) {
    // The newest by name and ref, in pages.
    const latest = new Map(
      statuses.filter(({ revision }) => revision === ref).map((each) => [`${each.ref} ${each.context}`, each]),
    );
    const all = [...latest.values()].map(({ context, state, description, url: target, ref: branch }) => {
      return { name: context, status: state, description, target_url: target, ref: branch, allow_failure: false };
    });
    const size = Number(query.get("per_page") ?? 20);
    const page = Number(query.get("page") ?? 1);
    const next = `<${url}${encodeURI(path)}?page=${page + 1}&per_page=${size}>; rel="next"`;
    const headers = page * size < all.length ? { link: next } : {};
    return { status: 200, body: all.slice((page - 1) * size, page * size), headers };
  }
  return { status: 404, body: { error: "404 Not Found" } };
}

type Texts = Readonly<Record<string, string | undefined>>;

function mergeOf(repository: DocumentedRepository, pull: DocumentedPull, url: string) {
  return {
    iid: pull.number,
    web_url: `${url}/acme/ops/fleet/-/merge_requests/${pull.number}`,
    state: pull.state === "open" ? "opened" : pull.state,
    title: pull.title,
    description: pull.body,
    sha: headOf(repository, pull),
    merge_commit_sha: pull.merged ?? null,
    squash_commit_sha: null,
    merge_user: pull.state === "merged" ? { username: pull.endedBy } : null,
    closed_by: pull.state === "closed" ? { username: pull.endedBy } : null,
    detailed_merge_status: repository.protectedBranches.has(pull.base) ? "status_checks_must_pass" : "mergeable",
  };
}
