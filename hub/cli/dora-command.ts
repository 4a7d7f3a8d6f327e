import { Option } from "commander";
import { type DeliveryView, deliveryGroupings } from "../../common/domain/index.ts";
import { type DurationArgument, durationArgument } from "./duration-argument.ts";
import { answerFormats, formatValue } from "./output.ts";
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
  { title: "WAITED", wide: true, value: ({ waitedMs }) => waits(waitedMs) },
];

const doraFormats = [...answerFormats, "wide"] as const;

interface DoraOptions {
  readonly window: DurationArgument;
  readonly by: (typeof deliveryGroupings)[number];
  readonly output: (typeof doraFormats)[number];
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
    .addOption(new Option("-o, --output <format>", "output format").choices(doraFormats).default("text"))
    .addHelpText(
      "after",
      `
A deployment is a promotion into the environment; it failed when it was rolled back or a cluster was degraded with it. Lead time: from
the commit's date, or that of one before it that never was healthy there, until all clusters were healthy. Restored after: from the first
failure until all were healthy again. Both are medians. Where the hub saw no health (its database was lost), the moves of the branch
stand in (-o json: unwatched).
Waited (-o wide, json): from when a commit was first seen waiting on a gate until that passed; the median. For an application only promotions that changed its files count: application.yaml, its folder, and what
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
        const table = createTable([...named, ...measures], { wide: output === "wide" });
        terminal.print(
          output === "text" || output === "wide"
            ? table.rows(items, { paint: terminal.paint, now: Date.now() })
            : formatValue(items, output),
        );
      }),
    );
};

/** "approvals 2.0h, soak 10m"; "-" where nothing waited. */
function waits(waitedMs: DeliveryView["waitedMs"]): string {
  const each = Object.entries(waitedMs).map(([gate, ms]) => `${gate} ${hours(ms)}`);
  return each.length === 0 ? "-" : each.join(", ");
}

function hours(ms: number | null): string {
  if (ms === null) return "-";
  return ms < 3_600_000 ? `${Math.round(ms / 60_000)}m` : `${(ms / 3_600_000).toFixed(1)}h`;
}
