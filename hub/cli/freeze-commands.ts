import { Option } from "commander";
import { type Freeze, freezeText } from "../../common/domain/index.ts";
import { type AnswerFormat, answerFormats, formatValue } from "./output.ts";
import type { Commands } from "./session.ts";

interface FreezeOptions {
  readonly reason: string;
  readonly until?: string;
  readonly output: AnswerFormat;
}

export const freezeCommands: Commands = (program, { terminal, withHub }) => {
  program
    .command("freeze [environment]")
    .description(
      "let nothing be promoted into the environment, or into any, and no rollout start; what runs is finished, and rollbacks go on",
    )
    .requiredOption("--reason <text>", "why; shown to everybody whom it stops")
    .option("--until <time>", 'lift it by itself: "2026-12-27T08:00Z", or "8h" from now')
    .addOption(new Option("-o, --output <format>", "output format").choices(answerFormats).default("text"))
    .action((environment: string | undefined, { reason, until, output }: FreezeOptions) =>
      withHub(async (client) => {
        const made = await client.send<Freeze>("POST", "/api/v1/freezes", { environment, reason, until });
        if (output !== "text") return terminal.print(formatValue(made, output));
        const text = freezeText(made);
        terminal.print(`${text.charAt(0).toUpperCase()}${text.slice(1)}`);
        terminal.note(`'drover unfreeze${environment === undefined ? "" : ` ${environment}`}' lifts it`);
      }),
    );

  program
    .command("unfreeze [environment]")
    .description("lift the freeze of the environment, or that of everything")
    .option("--reason <text>", "why; kept in the audit log", "")
    .action((environment: string | undefined, { reason }: { readonly reason: string }) =>
      withHub(async (client) => {
        await client.send("POST", "/api/v1/freezes/lift", { environment, reason });
        terminal.note(`Lifted the freeze of ${environment ?? "everything"}`);
      }),
    );
};
