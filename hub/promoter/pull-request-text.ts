import type { Commit, PullRequestText } from "../ports.ts";
import type { Gate } from "../promotion/index.ts";
import { mostApplications, type RenderedChange, type RenderedChanges } from "./rendered-changes.ts";

export const mostCommits = 50;
/** Stands in each of them: what tells one that the hub opened from one that somebody opened between the same branches. */
export const ownSentence =
  "A newer commit takes its place here; closing it holds this commit back until there is a newer one.";
const marks = { passed: "✅", waiting: "⏳", failed: "❌" } as const;

/** What people read in the pull request. Equal input gives equal text: it is written again only when something has changed. */
export function pullRequestText(input: {
  readonly environment: string;
  readonly from: string;
  readonly candidate: string;
  /** What it brings, newest first; those above `mostCommits` are not shown. */
  readonly commits: readonly Commit[];
  /** What it makes of the objects; undefined while the branch has nothing to compare with. */
  readonly rendered: RenderedChanges | undefined;
  readonly gates: readonly Gate[];
  readonly mode: "auto" | "manual" | "never";
  readonly link: string | undefined;
}): PullRequestText {
  const { environment, from, candidate, commits, rendered, gates, mode, link } = input;
  const short = candidate.slice(0, 12);
  const changes = commits
    .slice(0, mostCommits)
    .map(
      ({ revision, message, author }) =>
        `- ${revision.slice(0, 12)} ${inline(subject(message))} (${inline(author.name)})`,
    );
  const more = commits.length > mostCommits ? ["- and older ones"] : [];
  const rows = gates.map(({ name, state, reason }) => `| ${marks[state]} ${inline(name)} | ${inline(reason)} |`);
  const how =
    mode === "auto"
      ? "The hub merges this as soon as every gate has passed."
      : `Merge it, or say \`drover promote ${environment}\`, when it is to go.`;
  const where = link === undefined ? [] : ["", `[${environment} in Drover](${link})`];
  return {
    title: `Promote ${short} from ${from} into ${environment}`,
    body: [
      `Takes \`${short}\` from **${inline(from)}** into **${inline(environment)}**. ${how}`,
      ownSentence,
      "",
      "### Gates",
      "",
      "| gate | reason |",
      "| --- | --- |",
      ...rows,
      "",
      "### Changes",
      "",
      ...(changes.length === 0 ? ["None: the files are the same."] : changes),
      ...more,
      ...(rendered === undefined ? [] : renderedLines(rendered)),
      "",
      `\`drover diff ${environment} --revision ${short}\` shows what each cluster would get.`,
      ...where,
      "",
    ].join("\n"),
  };
}

/** Counts only: values belong to the cluster. */
function renderedLines({ cluster, applications, complete }: RenderedChanges): readonly string[] {
  const where = cluster === "" ? "" : ` for cluster ${inline(cluster)}`;
  const table = ["| application | added | changed | removed |", "| --- | --- | --- | --- |", ...applications.map(row)];
  return [
    "",
    `### Rendered objects${where}`,
    "",
    ...(applications.length === 0 ? ["None differs."] : table),
    ...(complete ? [] : ["", `Only the first ${mostApplications} applications are shown.`]),
  ];
}

function row(change: RenderedChange): string {
  if ("problem" in change) return `| ${inline(change.name)} | ${inline(change.problem).slice(0, 300)} | | |`;
  const { name, added, changed, removed } = change;
  return `| ${inline(name)} | ${added} | ${changed} | ${removed} |`;
}

function subject(message: string): string {
  return message.split("\n", 1)[0] ?? "";
}

/** What others wrote must neither end a row of the table nor call on people. */
function inline(text: string): string {
  return text
    .replaceAll(/\s+/g, " ")
    .replaceAll(/[|<>`[\]]/g, "\\$&")
    .replaceAll("@", "@\u200b");
}
