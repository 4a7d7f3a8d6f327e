import { Option } from "commander";
import { type DeliveryView, deliveryGroupings } from "../../common/domain/index.ts";
import { type DurationArgument, durationArgument } from "./duration-argument.ts";
import { type AnswerFormat, answerFormats, formatValue } from "./output.ts";
import type { Commands } from "./session.ts";
import { type Column, createTable } from "./table.ts";

const environmentColumn: Column<DeliveryView> = { title: "ENVIRONMENT", value: ({ environment }) => environment };
const applicationColumn: Column<DeliveryView> = { title: "APPLICATION", value: ({ application }) => application ?? "" };
const measures: readonly Column<DeliveryView>[] = [
  { title: "DEPLOYMENTS", value: ({ deployments }) => String(deployments) },
  { title: "PER DAY", value: ({ deploymentsPerDay }) => deploymentsPerDay.toFixed(2) },
  { title: "LEAD TIME", value: ({ leadTimeMs }) => hours(leadTimeMs) },
  {
    title: "FAILURES",
    value: ({ changeFailureRate }) => (changeFailureRate === null ? "-" : `${Math.round(changeFailureRate * 100)}%`),
  },
  { title: "RESTORED AFTER", value: ({ restoreMs }) => hours(restoreMs) },
];

interface DoraOptions {
  readonly window: DurationArgument;
  readonly by: (typeof deliveryGroupings)[number];
  readonly output: AnswerFormat;
}

export const doraCommand: Commands = (program, { terminal, withHub }) => {
  program
    .command("dora [environment]")
    .description("how often, how fast and how well changes come into environments, as far as Git remembers")
    .addOption(
      new Option("--window <duration>", "how far back to look")
        .argParser(durationArgument)
        .default(durationArgument("720h"), "720h"),
    )
    .addOption(
      new Option("--by <what>", "a line per environment, or per application of each")
        .choices(deliveryGroupings)
        .default("environment"),
    )
    .addOption(new Option("-o, --output <format>", "output format").choices(answerFormats).default("text"))
    .addHelpText(
      "after",
      `
A deployment is a promotion into the environment; it failed when it was rolled back. Lead time: from the commit's date to its
promotion. Restored after: from the promotion of what was rolled back to the rollback. Both are medians. For an application only promotions that changed its files count: application.yaml, its folder, and what
its kustomization reads, as they are now.`,
    )
    .action((environment: string | undefined, { window, by, output }: DoraOptions) =>
      withHub(async (client) => {
        const { items } = await client.read<{ readonly items: readonly DeliveryView[] }>("/api/v1/deliveries", {
          environment,
          window: window.text,
          by,
        });
        const named = by === "application" ? [environmentColumn, applicationColumn] : [environmentColumn];
        const table = createTable([...named, ...measures], { wide: false });
        terminal.print(
          output === "text"
            ? table.rows(items, { paint: terminal.paint, now: Date.now() })
            : formatValue(items, output),
        );
      }),
    );
};

function hours(ms: number | null): string {
  if (ms === null) return "-";
  return ms < 3_600_000 ? `${Math.round(ms / 60_000)}m` : `${(ms / 3_600_000).toFixed(1)}h`;
}
