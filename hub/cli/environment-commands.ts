import { Option } from "commander";
import type { PromotionRecordView } from "../../common/domain/index.ts";
import type { PromotionResult } from "../surfaces.ts";
import { type DurationArgument, patienceArgument } from "./duration-argument.ts";
import { type AnswerFormat, answerFormats, formatValue, shortRevision } from "./output.ts";
import type { Commands } from "./session.ts";

interface PromoteOptions {
  readonly revision?: string;
  readonly emergency: boolean;
  readonly reason: string;
  readonly timeout: DurationArgument;
  readonly output: AnswerFormat;
}

interface Approved {
  readonly revision: string;
}

const suspensions = [
  {
    name: "suspend",
    does: "let clusters keep what they have, whatever Git says, until they are resumed",
    done: "Suspended",
  },
  { name: "resume", does: "lift a suspension: the clusters catch up", done: "Resumed" },
] as const;

export const environmentCommands: Commands = (program, { terminal, withHub }) => {
  const path = (environment: string, action: string) =>
    `/api/v1/environments/${encodeURIComponent(environment)}/${action}`;

  program
    .command("promote <environment>")
    .description(
      "fast-forward the environment's branch to what its upstream environment runs, once its gates have passed",
    )
    .option("--revision <sha>", "to this commit instead; goes past the upstream and soak gates, which is recorded")
    .option("--emergency", "past freezes and closed windows; needs --reason, and is recorded", false)
    .option("--reason <text>", "why; kept in the history", "")
    .addOption(
      new Option("--timeout <duration>", "how long to wait for gates that only need time: 0s, 60s, 5m")
        .argParser(patienceArgument)
        .default({ text: "30s", ms: 30_000 }, "30s"),
    )
    .addOption(new Option("-o, --output <format>", "output format").choices(answerFormats).default("text"))
    .action((environment: string, { revision, emergency, reason, timeout, output }: PromoteOptions) =>
      withHub(async (client) => {
        const waitSeconds = Math.ceil(timeout.ms / 1000);
        const body = { revision, emergency, reason, waitSeconds };
        const waitMs = timeout.ms;
        const result = await client.send<PromotionResult>("POST", path(environment, "promote"), body, { waitMs });
        if (output !== "text") return terminal.print(formatValue(result, output));
        terminal.print(
          result.moved
            ? `Promoted ${environment}: ${result.branch} ${shortRevision(result.from)} → ${shortRevision(result.to)}`
            : `Nothing to promote: ${result.branch} is at ${shortRevision(result.to)} already`,
        );
      }),
    );

  program
    .command("approve <environment>")
    .description("approve the commit that waits to be promoted into the environment")
    .option("--revision <sha>", "approve this commit instead")
    .addOption(new Option("-o, --output <format>", "output format").choices(answerFormats).default("text"))
    .action(
      (environment: string, { revision, output }: { readonly revision?: string; readonly output: AnswerFormat }) =>
        withHub(async (client) => {
          const result = await client.send<Approved>("POST", path(environment, "approve"), { revision });
          terminal.print(
            output === "text"
              ? `Approved ${shortRevision(result.revision)} for ${environment}: 'drover get promotions ${environment}' shows what else it waits for`
              : formatValue(result, output),
          );
        }),
    );

  program
    .command("history <environment>")
    .description("promotions into the environment and rollbacks, newest first: who, when, and why it was allowed")
    .addOption(new Option("-o, --output <format>", "output format").choices(answerFormats).default("text"))
    .action((environment: string, { output }: { readonly output: AnswerFormat }) =>
      withHub(async (client) => {
        const items = await client.list<PromotionRecordView>(`environments/${encodeURIComponent(environment)}/history`);
        if (output !== "text") return terminal.print(formatValue(items, output));
        if (items.length === 0) terminal.note(`Nothing was promoted into "${environment}" yet`);
        for (const { kind, at, actor, from, to, commit, proof, bypassed, reason } of items) {
          const what = kind === "rollback" ? `  rolled back to ${shortRevision(commit)}` : "";
          const why = reason === "" ? "" : `: ${reason}`;
          terminal.print(`${at}  ${shortRevision(from)} → ${shortRevision(to)}${what}  by ${actor}${why}`);
          for (const line of proof) terminal.print(`    ${line}`);
          for (const line of bypassed) terminal.print(`    went past ${line}`);
        }
      }),
    );

  for (const { name, does, done } of suspensions) {
    program
      .command(`${name} <environment>`)
      .description(does)
      .option("-c, --cluster <name>", "only this cluster")
      .option("--reason <text>", "why; shown with it and kept in the audit log", "")
      .action((environment: string, { cluster, reason }: { readonly cluster?: string; readonly reason: string }) =>
        withHub(async (client) => {
          await client.send("POST", path(environment, name), { cluster, reason });
          terminal.note(`${done} ${cluster === undefined ? `all of ${environment}` : `${cluster} in ${environment}`}`);
        }),
      );
  }

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
