import { type Command, InvalidArgumentError, Option } from "commander";
import type { JoinResult } from "../ports.ts";
import type { HubClient } from "./client.ts";
import { type Format, formatOne } from "./output.ts";
import type { Terminal } from "./terminal.ts";

export function clusterCommand(program: Command, connect: () => HubClient, terminal: Terminal): void {
  const cluster = program.command("cluster").description("join, label, revoke and remove clusters");
  const withClient = async (work: (client: HubClient) => Promise<void>) => {
    const client = connect();
    try {
      await work(client);
    } finally {
      await client.close();
    }
  };
  const path = (name: string) => `/api/v1/clusters/${encodeURIComponent(name)}`;

  cluster
    .command("join <name>")
    .description("make a single-use token and print the command that connects the cluster")
    .option("-l, --label <key=value>", "label of the cluster; may be repeated", labelPair, {})
    .option("--replace", "another cluster may take this name (a lost cluster that was built again)", false)
    .addOption(new Option("-o, --output <format>", "output format").choices(["text", "json", "yaml"]).default("text"))
    .action((name: string, options: { label: Record<string, string>; replace: boolean; output: "text" | Format }) =>
      withClient(async (client) => {
        const joined = await client.send<JoinResult>("POST", "/api/v1/clusters", {
          name,
          labels: options.label,
          replace: options.replace,
        });
        if (options.output !== "text") return terminal.print(formatOne(joined, options.output));
        terminal.note(
          `Run this where the cluster "${name}" can be reached, before ${joined.expiresAt}; it works once:\n`,
        );
        terminal.print(joined.command);
      }),
    );

  cluster
    .command("revoke <name>")
    .description("refuse the cluster's certificates from now on and cut its stream; its objects stay")
    .action((name: string) =>
      withClient(async (client) => {
        await client.send("POST", `${path(name)}/revoke`);
        terminal.note(`Revoked: to let "${name}" in again, run 'drover cluster join ${name}'`);
      }),
    );

  cluster
    .command("remove <name>")
    .description("forget the cluster; its objects stay as they are")
    .action((name: string) =>
      withClient(async (client) => {
        await client.send("DELETE", path(name));
        terminal.note(`Removed "${name}" from the fleet; nothing was deleted in the cluster`);
      }),
    );

  cluster
    .command("label <name> <labels...>")
    .description("set labels (key=value) and remove them (key-)")
    .action((name: string, words: string[]) =>
      withClient(async (client) => {
        await client.send("PATCH", `${path(name)}/labels`, { labels: Object.fromEntries(words.map(labelWord)) });
        terminal.note(`Labelled "${name}"`);
      }),
    );

  cluster
    .command("trust <name>")
    .description("let a hub that lost its state prune on this cluster again")
    .action((name: string) =>
      withClient(async (client) => {
        await client.send("POST", `${path(name)}/trust`);
        terminal.note(`"${name}" trusts this hub's epoch now`);
      }),
    );
}

function labelPair(word: string, collected: Record<string, string>): Record<string, string> {
  const [key, value] = labelWord(word);
  if (value === null) throw new InvalidArgumentError(`Expected key=value: "${word}"`);
  return { ...collected, [key]: value };
}

function labelWord(word: string): readonly [key: string, value: string | null] {
  const equals = word.indexOf("=");
  if (equals > 0) return [word.slice(0, equals), word.slice(equals + 1)];
  if (equals === -1 && word.endsWith("-") && word.length > 1) return [word.slice(0, -1), null];
  throw new InvalidArgumentError(`Expected key=value, or key- to remove: "${word}"`);
}
