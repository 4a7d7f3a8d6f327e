import { Option } from "commander";
import type { FleetDiff } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import { changesText, fetchChanges } from "./changelog-command.ts";
import type { HubClient } from "./client.ts";
import { diffText } from "./diff-text.ts";
import { type AnswerFormat, answerFormats, formatValue } from "./output.ts";
import type { Commands } from "./session.ts";
import type { Terminal } from "./terminal.ts";

interface DiffOptions {
  readonly revision?: string;
  readonly cluster?: string;
  readonly application?: string;
  readonly output: AnswerFormat;
  readonly exitCode?: boolean;
}

type DiffLine =
  | { readonly progress: { readonly answered: number; readonly asked: number } }
  | { readonly diff: FleetDiff };

export const diffCommand: Commands = (program, { terminal, withHub }) => {
  program
    .command("diff <environment> [into]")
    .description(
      "what applying would change on its clusters, by server-side dry-run; of two environments, what promoting the first one's commit would bring into the second: commits, files, objects; nothing is changed by it",
    )
    .option("--revision <sha>", "as it would be at this commit, promoted or not; default: what is assigned now")
    .option("-c, --cluster <name>", "only on this cluster")
    .option("-a, --application <name>", "only this application")
    .option("--exit-code", "exit with 1 when anything differs or failed; what is unknown always does")
    .addOption(new Option("-o, --output <format>", "output format").choices(answerFormats).default("text"))
    .addHelpText(
      "after",
      `
Secret values are never shown: "*** (before)" and "*** (after)" say that one differs. Hooks are listed apart from objects: those that
would be run, if all goes well, and those of earlier runs that would be deleted. "takes over from" names the managers whose fields go
because Git is to say all of an object.

Examples:
  drover diff prod                           what drifted or waits to be applied
  drover diff prod --revision 3f2a9c1        what promoting this commit would do, everywhere
  drover diff staging prod                   what prod lacks of staging, and what it would do there
  drover diff prod -c edge-1 -a shop -o json`,
    )
    .action((environment: string, into: string | undefined, options: DiffOptions) =>
      withHub(async (client) => {
        if (into !== undefined && options.revision !== undefined) {
          throw new AppError("INVALID_ARGUMENT", "Two environments tell the commit: leave out --revision");
        }
        const changes = into === undefined ? undefined : await fetchChanges(client, into, environment);
        const wanted = changes === undefined ? options : { ...options, revision: changes.revision };
        const diff = await fetchDiff(client, terminal, into ?? environment, wanted);
        terminal.finish();
        const { output } = options;
        if (changes !== undefined && output === "text") terminal.print(changesText(changes));
        const whole = changes === undefined ? diff : { ...changes, objects: diff };
        terminal.print(output === "text" ? diffText(diff, terminal.paint) : formatValue(whole, output));
        const { different, failed, unknown } = diff.summary;
        if (unknown > 0 || (options.exitCode === true && different + failed > 0)) process.exitCode = 1;
      }),
    );
};

async function fetchDiff(
  client: HubClient,
  terminal: Terminal,
  environment: string,
  { revision, cluster, application }: DiffOptions,
): Promise<FleetDiff> {
  const path = `/api/v1/environments/${encodeURIComponent(environment)}/diff`;
  for await (const line of client.lines<DiffLine>(path, { revision, cluster, application })) {
    if ("diff" in line) return line.diff;
    const { answered, asked } = line.progress;
    terminal.waiting(`${answered} of ${asked} clusters have answered`);
  }
  throw new AppError("UNAVAILABLE", "The hub ended its answer too early: try again");
}
