import { Option } from "commander";
import { type ApplicationView, type BlockedPruneView, displayRef } from "../../common/domain/index.ts";
import type { PruneChoice } from "../surfaces.ts";
import { type AnswerFormat, answerFormats, formatValue } from "./output.ts";
import type { Commands } from "./session.ts";

interface PruneOptions {
  readonly cluster?: string;
  readonly application?: string;
  readonly output: AnswerFormat;
}

type Blocked = Pick<ApplicationView, "environment" | "cluster" | "name"> & { readonly blockedPrune: BlockedPruneView };

const shownObjects = 10;

export const pruneCommand: Commands = (program, { terminal, withHub }) => {
  const prune = program.command("prune").description("deletions that wait for somebody's word");
  const command = (words: string) =>
    prune
      .command(words)
      .option("-c, --cluster <name>", "only on this cluster")
      .option("-a, --application <name>", "only of this application")
      .addOption(new Option("-o, --output <format>", "output format").choices(answerFormats).default("text"));

  command("status <environment>")
    .description("what waits to be deleted, where, and why it was not")
    .action((environment: string, { cluster, application, output }: PruneOptions) =>
      withHub(async (client) => {
        const blocked = blockedIn(
          await client.list<ApplicationView>("applications", { environment, cluster, application }),
        );
        if (output !== "text") return terminal.print(formatValue(blocked, output));
        if (blocked.length === 0) return terminal.note("Nothing waits for confirmation");
        for (const each of blocked) terminal.print(described(each).join("\n"));
        terminal.note(`'drover prune confirm ${environment}' lets all of it be deleted; -c and -a narrow it`);
      }),
    );

  command("confirm <environment>")
    .description("let exactly what waits now be deleted; what comes to wait later is asked for again")
    .action((environment: string, { cluster, application, output }: PruneOptions) =>
      withHub(async (client) => {
        const blocked = blockedIn(
          await client.list<ApplicationView>("applications", { environment, cluster, application }),
        );
        const prunes = blocked.map(
          (each): PruneChoice => ({ cluster: each.cluster, application: each.name, digest: each.blockedPrune.digest }),
        );
        if (prunes.length > 0) {
          const path = `/api/v1/environments/${encodeURIComponent(environment)}/prune-confirmations`;
          await client.send("POST", path, { prunes });
        }
        if (output !== "text") return terminal.print(formatValue(blocked, output));
        if (blocked.length === 0) return terminal.note("Nothing waits for confirmation");
        for (const each of blocked) {
          terminal.print(`Confirmed: ${objects(each.blockedPrune.count)} of ${each.name} on ${each.cluster}`);
        }
      }),
    );
};

function blockedIn(applications: readonly ApplicationView[]): readonly Blocked[] {
  return applications.flatMap(({ environment, cluster, name, blockedPrune }) =>
    blockedPrune === null ? [] : [{ environment, cluster, name, blockedPrune }],
  );
}

function described({ cluster, name, blockedPrune }: Blocked): readonly string[] {
  const { count, reason, objects: first, confirmed } = blockedPrune;
  const shown = first.slice(0, shownObjects).map((ref) => `  ${displayRef(ref)}`);
  const said = confirmed === null ? "" : ` (confirmed by ${confirmed.actor} at ${confirmed.at})`;
  return [
    `${name} on ${cluster}: ${objects(count)}: ${reason}${said}`,
    ...shown,
    ...(count > shown.length ? [`  … and ${count - shown.length} more`] : []),
  ];
}

function objects(count: number): string {
  return count === 1 ? "1 object" : `${count} objects`;
}
