import { Argument, InvalidArgumentError, Option } from "commander";
import type { JoinResult } from "../surfaces.ts";
import { type AnswerFormat, answerFormats, formatValue } from "./output.ts";
import type { Commands } from "./session.ts";

export const clusterCommand: Commands = (program, { terminal, withHub }) => {
  const cluster = program.command("cluster").description("join, label, trust, revoke and remove clusters");
  const path = (name: string) => `/api/v1/clusters/${encodeURIComponent(name)}`;

  cluster
    .command("join <name>")
    .description("make a single-use token and print the command that connects the cluster")
    .option("-l, --label <key=value>", "label of the cluster; may be repeated", labelPair, {})
    .option("--replace", "another cluster may take this name (a lost cluster that was built again)", false)
    .addOption(new Option("-o, --output <format>", "output format").choices(answerFormats).default("text"))
    .action((name: string, options: { label: Record<string, string>; replace: boolean; output: AnswerFormat }) =>
      withHub(async (client) => {
        const joined = await client.send<JoinResult>("POST", "/api/v1/clusters", {
          name,
          labels: options.label,
          replace: options.replace,
        });
        if (options.output !== "text") return terminal.print(formatValue(joined, options.output));
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
      withHub(async (client) => {
        await client.send("POST", `${path(name)}/revoke`);
        terminal.note(`Revoked: to let "${name}" in again, run 'drover cluster join ${name}'`);
      }),
    );

  cluster
    .command("remove <name>")
    .description("forget the cluster; its objects stay as they are")
    .action((name: string) =>
      withHub(async (client) => {
        await client.send("DELETE", path(name));
        terminal.note(`Removed "${name}" from the fleet; nothing was deleted in the cluster`);
      }),
    );

  cluster
    .command("label <name>")
    .description("set labels (key=value) and remove them (key-)")
    .addArgument(new Argument("<labels...>", "key=value to set, key- to remove").argParser(labelWords))
    .action((name: string, labels: Labels) =>
      withHub(async (client) => {
        await client.send("PATCH", `${path(name)}/labels`, { labels });
        terminal.note(`Labelled "${name}": 'drover get clusters -o wide' shows it`);
      }),
    );

  cluster
    .command("trust <name>")
    .description("let a hub that lost its state prune on this cluster again")
    .action((name: string) =>
      withHub(async (client) => {
        await client.send("POST", `${path(name)}/trust`);
        terminal.note(`"${name}" trusts this hub's epoch now`);
      }),
    );
};

type Labels = Readonly<Record<string, string | null>>;

function labelPair(word: string, collected: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const equals = word.indexOf("=");
  if (equals <= 0) throw new InvalidArgumentError("Expected key=value.");
  return { ...collected, [word.slice(0, equals)]: word.slice(equals + 1) };
}

function labelWords(word: string, collected: Labels = {}): Labels {
  const [key, value] = labelWord(word);
  return { ...collected, [key]: value };
}

function labelWord(word: string): readonly [key: string, value: string | null] {
  const equals = word.indexOf("=");
  if (equals > 0) return [word.slice(0, equals), word.slice(equals + 1)];
  if (equals === -1 && word.endsWith("-") && word.length > 1) return [word.slice(0, -1), null];
  throw new InvalidArgumentError("Expected key=value, or key- to remove.");
}
