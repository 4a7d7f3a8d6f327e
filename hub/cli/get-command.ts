import { Argument, type Command, Option } from "commander";
import type { Problem } from "../../common/domain/index.ts";
import { AppError, positioned } from "../../common/errors.ts";
import type { HubClient } from "./client.ts";
import { type Format, formatItems, formats } from "./output.ts";
import { type Resource, resources } from "./resources.ts";
import type { Terminal } from "./terminal.ts";

interface GetOptions {
  readonly environment?: string;
  readonly cluster?: string;
  readonly application?: string;
  readonly output: Format;
  readonly watch?: boolean;
}

export function getCommand(program: Command, connect: () => HubClient, terminal: Terminal): void {
  program
    .command("get")
    .description("list clusters, environments, applications, objects or drift")
    .addArgument(
      new Argument("<resource>", "what to list").choices(resources.flatMap(({ name, aliases }) => [name, ...aliases])),
    )
    .argument("[name]", "only this one")
    .option("-e, --environment <name>", "only this environment")
    .option("-c, --cluster <name>", "only this cluster")
    .option("-a, --application <name>", "only this application")
    .addOption(new Option("-o, --output <format>", "output format").choices(formats).default("table"))
    .option("-w, --watch", "go on and show changes (with json: one line of JSON per change)")
    .action(async (word: string, name: string | undefined, options: GetOptions) => {
      const resource = resources.find((each) => each.name === word || each.aliases.includes(word));
      if (resource === undefined) throw new AppError("INVALID_ARGUMENT", `No such resource: "${word}"`);
      const client = connect();
      try {
        await show(resource, name, options, client, terminal);
        if (options.watch === true) await watch(resource, name, options, client, terminal);
      } finally {
        await client.close();
      }
    });
}

const filterOf = (name: string | undefined, { environment, cluster, application }: GetOptions) => ({
  environment,
  cluster,
  application,
  name,
});

async function show(
  resource: Resource<never>,
  name: string | undefined,
  options: GetOptions,
  client: HubClient,
  terminal: Terminal,
): Promise<void> {
  const items = await client.list<never>(resource.name, filterOf(name, options));
  if (items.length === 0 && name !== undefined) throw new AppError("NOT_FOUND", `No such ${resource.name}: "${name}"`);
  const machine = options.output === "json" || options.output === "yaml";
  if (items.length > 0 || machine) terminal.print(formatItems(items, resource.columns, options.output));
  if (machine) return;
  for (const { severity, message, position } of await client.list<Problem>("problems")) {
    terminal.note(`fleet: ${severity}: ${positioned(message, position)}`);
  }
  if (items.length === 0) terminal.note(resource.empty);
  for (const note of resource.notes(items)) terminal.note(note);
}

async function watch(
  resource: Resource<never>,
  name: string | undefined,
  options: GetOptions,
  client: HubClient,
  terminal: Terminal,
): Promise<void> {
  const seen = new Map<string, string>();
  const identity = (item: Record<string, unknown>) =>
    JSON.stringify([
      item["environment"],
      item["cluster"],
      item["application"],
      item["name"],
      item["object"],
      item["kind"],
      item["namespace"],
    ]);
  const list = () => client.list<never>(resource.name, filterOf(name, options));
  for (const item of await list()) seen.set(identity(item), JSON.stringify(item));
  for await (const _change of client.changes({ signal: terminal.signal })) {
    const changed = (await list()).filter((item) => {
      const text = JSON.stringify(item);
      const same = seen.get(identity(item)) === text;
      seen.set(identity(item), text);
      return !same;
    });
    if (changed.length === 0) continue;
    if (options.output === "json") for (const item of changed) terminal.print(JSON.stringify(item));
    else terminal.print(formatItems(changed, resource.columns, options.output));
  }
}
