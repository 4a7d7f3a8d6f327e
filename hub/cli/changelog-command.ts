import { Option } from "commander";
import type { EnvironmentChanges } from "../../common/domain/index.ts";
import type { HubClient } from "./client.ts";
import { type AnswerFormat, answerFormats, formatValue, shortRevision } from "./output.ts";
import type { Commands } from "./session.ts";

export const changelogCommand: Commands = (program, { terminal, withHub }) => {
  program
    .command("changelog <environment>")
    .description(
      "what the environment before it has that it has not: since the last promotion, and what the next one brings",
    )
    .addOption(new Option("-o, --output <format>", "output format").choices(answerFormats).default("text"))
    .action((environment: string, { output }: { readonly output: AnswerFormat }) =>
      withHub(async (client) => {
        const changes = await fetchChanges(client, environment);
        terminal.print(output === "text" ? changesText(changes) : formatValue(changes, output));
      }),
    );
};

export function fetchChanges(client: HubClient, environment: string, from?: string): Promise<EnvironmentChanges> {
  const query = from === undefined ? "" : `?from=${encodeURIComponent(from)}`;
  return client.get<EnvironmentChanges>(`/api/v1/environments/${encodeURIComponent(environment)}/changes${query}`);
}

export function changesText({
  environment,
  from,
  running,
  revision,
  commits,
  files,
  complete,
}: EnvironmentChanges): string {
  const way = `${from} ${shortRevision(revision)} → ${environment} ${shortRevision(running)}`;
  if (commits.length === 0 && files.length === 0) return `${way}: nothing differs`;
  const more = complete ? "" : ", and more that is not listed";
  return [
    `${way}: ${counted(commits.length, "commit")}, ${counted(files.length, "file")}${more}`,
    ...commits.map(
      ({ revision: each, at, author, subject }) =>
        `  ${shortRevision(each)}  ${at.slice(0, 10)}  ${author}: ${subject}`,
    ),
    ...files.map(({ path, change }) => `  ${change.padEnd(8)}  ${path}`),
  ].join("\n");
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
