import { Command } from "commander";

export interface DemoOptions {
  /** Contexts of the user's kubeconfig; empty: simulated clusters. */
  readonly contexts: readonly string[];
  /** Real control planes on this machine instead of simulated clusters. */
  readonly real: boolean;
}

export function parseDemoOptions(argv: readonly string[]): DemoOptions {
  const { context, real } = new Command("npm start --")
    .description("Shows Drover at work: a hub, clusters with agents, and a sample repository. State stays in .drover/")
    .option(
      "--context <name>",
      "use this context of your kubeconfig as a cluster; may be repeated (the first is dev, then staging, prod)",
      collect,
      [],
    )
    .option("--real", "build and use real local control planes (needs Go; some minutes the first time)", false)
    .addHelpText("after", "\nCtrl-C stops everything; 'rm -r .drover' begins anew.")
    .parse(argv)
    .opts<{ context: string[]; real: boolean }>();
  return { contexts: context, real };
}

function collect(value: string, previous: string[]): string[] {
  return [...previous, value];
}
