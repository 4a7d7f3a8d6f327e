/** What a webhook is about. "status" also stands for whatever else a forge may have waited for: checks, pipelines, reviews. */
export interface ForgeEvent {
  readonly kind: "push" | "pullRequest" | "status";
  /** Of a status: the commit, where the sender said so. */
  readonly revision?: string;
  /** Of a status: its name, where the sender said so. */
  readonly context?: string;
}

/** By the header in which each forge names it. */
const kinds: Readonly<Record<string, ForgeEvent["kind"]>> = {
  push: "push",
  pull_request: "pullRequest",
  pull_request_sync: "pullRequest",
  pull_request_review: "status",
  pull_request_review_approved: "status",
  pull_request_review_rejected: "status",
  pull_request_approved: "status",
  pull_request_rejected: "status",
  status: "status",
  check_run: "status",
  check_suite: "status",
  "Push Hook": "push",
  "Merge Request Hook": "pullRequest",
  "Pipeline Hook": "status",
  "Job Hook": "status",
};
const headers = ["x-github-event", "x-gitlab-event", "x-forgejo-event", "x-gitea-event", "x-gogs-event"];

/** Undefined: nothing that anybody waits for, or the sender did not name it. */
export function forgeEvent(
  request: { readonly headers: Readonly<Record<string, string | readonly string[] | undefined>> },
  body: unknown,
): ForgeEvent | undefined {
  const name = headers.map((header) => request.headers[header]).find((value) => typeof value === "string");
  const kind = typeof name === "string" && Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (kind === undefined) return undefined;
  if (kind !== "status") return { kind };
  const { sha, context, check_run, check_suite, object_attributes, build_name } = fields(body);
  const revision = text(sha) ?? text(fields(check_run)["head_sha"]) ?? text(fields(check_suite)["head_sha"]);
  const commit = revision ?? text(fields(object_attributes)["sha"]);
  const named = text(context) ?? text(fields(check_run)["name"]) ?? text(build_name);
  return {
    kind,
    ...(commit === undefined ? {} : { revision: commit }),
    ...(named === undefined ? {} : { context: named }),
  };
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
