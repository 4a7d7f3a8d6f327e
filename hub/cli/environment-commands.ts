import { type Command, Option } from "commander";
import type { PromotionResult } from "../ports.ts";
import type { HubClient } from "./client.ts";
import { type Format, formatOne, shortRevision } from "./output.ts";
import type { Terminal } from "./terminal.ts";

export function environmentCommands(program: Command, connect: () => HubClient, terminal: Terminal): void {
  program
    .command("promote <environment>")
    .description("fast-forward the environment's branch to what its upstream environment runs")
    .option("--revision <sha>", "to this commit instead")
    .addOption(new Option("-o, --output <format>", "output format").choices(["text", "json", "yaml"]).default("text"))
    .action(async (environment: string, options: { revision?: string; output: "text" | Format }) => {
      const client = connect();
      try {
        const result = await client.send<PromotionResult>(
          "POST",
          `/api/v1/environments/${encodeURIComponent(environment)}/promote`,
          {
            revision: options.revision,
          },
        );
        if (options.output !== "text") return terminal.print(formatOne(result, options.output));
        terminal.print(
          result.moved
            ? `Promoted ${environment}: ${result.branch} ${shortRevision(result.from)} → ${shortRevision(result.to)}`
            : `Nothing to promote: ${result.branch} is at ${shortRevision(result.to)} already`,
        );
      } finally {
        await client.close();
      }
    });

  program
    .command("sync <environment>")
    .description("fetch from Git and reconcile now")
    .option("-c, --cluster <name>", "only this cluster")
    .action(async (environment: string, options: { cluster?: string }) => {
      const client = connect();
      try {
        await client.send("POST", `/api/v1/environments/${encodeURIComponent(environment)}/sync`, {
          cluster: options.cluster,
        });
        terminal.note(
          `Reconciling "${environment}"; 'drover wait environment/${environment} --for synced' waits for the end`,
        );
      } finally {
        await client.close();
      }
    });
}
