import { Argument, InvalidArgumentError, Option } from "commander";
import type { Problem } from "../../common/domain/index.ts";
import { AppError, positioned } from "../../common/errors.ts";
import { nearest } from "../../common/schema/index.ts";
import type { ViewFilter } from "../surfaces.ts";
import type { HubClient } from "./client.ts";
import { atMost, type Format, formats, formatValue } from "./output.ts";
import type { Resource } from "./resource.ts";
import { findResource, resources } from "./resources.ts";
import type { Commands } from "./session.ts";
import { createTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";
import { watch } from "./watch.ts";

interface GetOptions {
  readonly environment?: string;
  readonly cluster?: string;
  readonly application?: string;
  readonly output: Format;
  readonly watch?: boolean;
}

const allResources = "clusters, environments, applications, objects, promotions, rollouts, drift or freezes";
/** Below a table of a large fleet, the first problems are enough. */
const mostNotes = 20;

export const getCommand: Commands = (program, { terminal, withHub }) => {
  program
    .command("get")
    .description(`list ${allResources}`)
    .addArgument(new Argument("<resource>", `${allResources} (or a short form: env, app, …)`).argParser(resourceNamed))
    .argument("[name]", "only this one")
    .option("-e, --environment <name>", "only of this environment")
    .option("-c, --cluster <name>", "only of this cluster")
    .option("-a, --application <name>", "only of this application")
    .addOption(new Option("-o, --output <format>", "output format").choices(formats).default("table"))
    .option(
      "-w, --watch",
      'go on and show what changes; with json, each item is one line, gone ones with "deleted": true',
    )
    .addHelpText(
      "after",
      `
Examples:
  drover get environments                    what each environment runs, and how well
  drover get clusters -e prod -o wide        its clusters with versions and labels
  drover get drift -c edge-1 -w              who changes what on a cluster, as it happens`,
    )
    .action((resource: Resource<never>, name: string | undefined, options: GetOptions) =>
      withHub(async (client) => {
        const { environment, cluster, application, output } = options;
        const filter = { environment, cluster, application, name };
        if (options.watch === true) await follow(resource, filter, output, client, terminal);
        else await show(resource, filter, output, client, terminal);
      }),
    );
};

async function show(
  resource: Resource<never>,
  filter: ViewFilter,
  format: Format,
  client: HubClient,
  terminal: Terminal,
): Promise<void> {
  const items = await client.list<never>(resource.name, filter);
  if (items.length === 0 && filter.name !== undefined) throw notFound(resource, filter);
  if (format === "json" || format === "yaml") return terminal.print(formatValue(items, format));
  if (items.length > 0) {
    const table = createTable(resource.columns, { wide: format === "wide" });
    terminal.print(table.rows(items, { paint: terminal.paint, now: terminal.now() }));
  }
  const fleet = (await client.list<Problem>("problems")).map(
    ({ severity, message, position }) => `: ${severity}: ${positioned(message, position)}`,
  );
  for (const problem of fleet) terminal.note(`fleet${problem}`);
  if (items.length === 0) terminal.note(nothing(resource, filter));
  // What is wrong with the fleet is wrong with each environment: said once.
  const notes = resource.notes(items).filter((note) => !fleet.some((problem) => note.endsWith(problem)));
  for (const note of atMost(notes, mostNotes)) terminal.note(note);
}

async function follow(
  resource: Resource<never>,
  filter: ViewFilter,
  format: Format,
  client: HubClient,
  terminal: Terminal,
): Promise<void> {
  const { signal } = terminal;
  const table = createTable(resource.columns, { wide: format === "wide" });
  const lost = (message: string) => terminal.note(`${message}; trying again`);
  let first = true;
  try {
    for await (const changed of watch(resource, filter, client, { signal, lost })) {
      if (changed.length === 0 && first) terminal.note(nothing(resource, filter));
      first = false;
      if (format === "json" || format === "yaml") {
        for (const { item, gone } of changed) {
          const value: unknown = gone ? { ...(item as object), deleted: true } : item;
          terminal.print(format === "json" ? JSON.stringify(value) : `---\n${formatValue(value, "yaml")}`);
        }
        continue;
      }
      const present = changed.filter(({ gone }) => !gone).map(({ item }) => item);
      if (present.length > 0) terminal.print(table.rows(present, { paint: terminal.paint, now: terminal.now() }));
      for (const { item, gone } of changed) if (gone) terminal.print(`${resource.identity(item)} is gone`);
    }
  } catch (thrown) {
    // Ctrl-C is how a watch ends.
    if (!signal.aborted) throw thrown;
  }
}

function resourceNamed(word: string): Resource<never> {
  const found = findResource(word);
  if (found !== undefined) return found;
  const words = resources.flatMap(({ name, aliases }) => [name, ...aliases]);
  const meant = nearest(word, words);
  throw new InvalidArgumentError(`Expected ${allResources}.${meant === undefined ? "" : ` Did you mean "${meant}"?`}`);
}

function notFound(resource: Resource<never>, filter: ViewFilter): AppError {
  return new AppError(
    "NOT_FOUND",
    `No such ${resource.singular}: "${filter.name}"${within(filter)}; 'drover get ${resource.name}' lists what there is`,
  );
}

/** Why a listing is empty, and what to do about it. */
function nothing(resource: Resource<never>, filter: ViewFilter): string {
  const place = within(filter);
  return place === "" ? resource.empty : `No ${resource.name}${place}`;
}

function within({ environment, cluster, application }: ViewFilter): string {
  const parts = Object.entries({ environment, cluster, application }).filter(([, value]) => value !== undefined);
  return parts.length === 0 ? "" : ` of ${parts.map(([key, value]) => `${key} "${value}"`).join(", ")}`;
}
