import { Option } from "commander";
import type { PromotionResult } from "../ports.ts";
import { type AnswerFormat, answerFormats, formatValue, shortRevision } from "./output.ts";
import type { Commands } from "./session.ts";

export const environmentCommands: Commands = (program, { terminal, withHub }) => {
  const path = (environment: string, action: string) =>
    `/api/v1/environments/${encodeURIComponent(environment)}/${action}`;

  program
    .command("promote <environment>")
    .description("fast-forward the environment's branch to what its upstream environment runs")
    .option("--revision <sha>", "to this commit instead")
    .addOption(new Option("-o, --output <format>", "output format").choices(answerFormats).default("text"))
    .action(
      (environment: string, { revision, output }: { readonly revision?: string; readonly output: AnswerFormat }) =>
        withHub(async (client) => {
          const result = await client.send<PromotionResult>("POST", path(environment, "promote"), { revision });
          if (output !== "text") return terminal.print(formatValue(result, output));
          terminal.print(
            result.moved
              ? `Promoted ${environment}: ${result.branch} ${shortRevision(result.from)} → ${shortRevision(result.to)}`
              : `Nothing to promote: ${result.branch} is at ${shortRevision(result.to)} already`,
          );
        }),
    );

  program
    .command("sync <environment>")
    .description("fetch from Git and reconcile now")
    .option("-c, --cluster <name>", "only this cluster")
    .action((environment: string, { cluster }: { readonly cluster?: string }) =>
      withHub(async (client) => {
        await client.send("POST", path(environment, "sync"), { cluster });
        terminal.note(
          `Reconciling "${environment}"; 'drover wait environment/${environment} --for synced' waits for the end`,
        );
      }),
    );
};
