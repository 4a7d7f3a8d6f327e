import { InvalidArgumentError, Option } from "commander";
import type { LogLines, Manifest } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import type { EventsResult } from "../surfaces.ts";
import { type DurationArgument, durationArgument } from "./duration-argument.ts";
import { type AnswerFormat, age, answerFormats, formatValue } from "./output.ts";
import type { Commands } from "./session.ts";
import { createTable } from "./table.ts";

interface ShowOptions {
  readonly environment: string;
  readonly cluster: string;
  readonly namespace?: string;
  readonly managedFields?: boolean;
  readonly output: "yaml" | "json";
}

interface LogsOptions {
  readonly cluster: string;
  readonly application: string;
  readonly container?: string;
  readonly follow?: boolean;
  readonly previous?: boolean;
  readonly tail?: number;
  readonly since?: DurationArgument;
  readonly prefix: boolean;
  readonly output: "text" | "json";
}

interface EventsOptions {
  readonly cluster?: string;
  readonly application?: string;
  readonly output: AnswerFormat;
}

/** What is looked at inside of clusters, through their agents. */
export const inspectCommands: Commands = (program, { terminal, withHub }) => {
  const path = (environment: string, what: string) => `/api/v1/environments/${encodeURIComponent(environment)}/${what}`;

  program
    .command("show <kind> <name>")
    .description("print a live object of an environment as its cluster has it, secret values masked")
    .requiredOption("-e, --environment <name>", "of this environment")
    .requiredOption("-c, --cluster <name>", "on this cluster")
    .option("-n, --namespace <name>", "in this namespace, where the name alone is not unique")
    .option("--managed-fields", "with who has which field")
    .addOption(new Option("-o, --output <format>", "output format").choices(["yaml", "json"]).default("yaml"))
    .action((kind: string, name: string, options: ShowOptions) =>
      withHub(async (client) => {
        const { environment, cluster, namespace, managedFields = false, output } = options;
        const query = { cluster, kind, name, namespace, managedFields: String(managedFields) };
        terminal.print(formatValue(await client.read<Manifest>(path(environment, "object"), query), output));
      }),
    );

  program
    .command("logs <environment> [target]")
    .description("print logs of an application's pods; target: a pod, or KIND/NAME of one of its objects")
    .requiredOption("-c, --cluster <name>", "on this cluster")
    .requiredOption("-a, --application <name>", "of this application")
    .option("--container <name>", "only of this container")
    .option(
      "-f, --follow",
      "go on with its pods as they come and go, until Ctrl-C or, for single pods and Jobs, until they have ended",
    )
    .option("--previous", "of the incarnation before the present one")
    .addOption(new Option("--tail <lines>", "only the last lines of each container").argParser(count))
    .addOption(
      new Option("--since <time>", 'only what is newer, such as "90s", "10m" or "2h"').argParser(durationArgument),
    )
    .option("--no-prefix", "without the names of pod and container before each line")
    .addOption(new Option("-o, --output <format>", "output format").choices(["text", "json"]).default("text"))
    .action((environment: string, target: string | undefined, options: LogsOptions) =>
      withHub(async (client) => {
        const { cluster, application, container, follow = false, previous = false, tail, since, output } = options;
        const query = {
          ...{ cluster, application, target, container },
          ...{ follow: String(follow), previous: String(previous) },
          ...{ tail: tail?.toString(), sinceSeconds: since && Math.ceil(since.ms / 1000).toString() },
        };
        let failures = 0;
        try {
          for await (const piece of client.lines<LogLines>(path(environment, "logs"), query)) {
            const { pod, container: from, lines, error, change, reason = "" } = piece;
            const name = pod === "" ? application : `${pod}/${from}`;
            if (output === "json") terminal.print(JSON.stringify(piece));
            else if (lines.length > 0) {
              const before = options.prefix ? `${terminal.paint.dim(`${name}:`)} ` : "";
              terminal.print(lines.map((line) => `${before}${line}`).join("\n"));
            }
            if (change !== undefined && output === "text") {
              terminal.note(`${name}: ${change}${reason === "" ? "" : `: ${reason}`}`);
            }
            await terminal.drained();
            if (error === undefined) continue;
            failures += 1;
            if (output === "text") terminal.note(`${name}: ${error}`);
          }
        } catch (thrown) {
          // Ctrl-C is how following ends.
          if (!follow || !terminal.signal.aborted) throw thrown;
        }
        if (failures > 0) throw new AppError("UNAVAILABLE", `Cannot read all of the logs: ${failures} failed`);
      }),
    );

  program
    .command("events <environment>")
    .description("list Kubernetes events of its objects and of what controllers made for them, oldest first")
    .option("-c, --cluster <name>", "only on this cluster")
    .option("-a, --application <name>", "only of this application")
    .addOption(new Option("-o, --output <format>", "output format").choices(answerFormats).default("text"))
    .action((environment: string, { cluster, application, output }: EventsOptions) =>
      withHub(async (client) => {
        const found = await client.read<EventsResult>(path(environment, "events"), { cluster, application });
        for (const { cluster: silent, reason } of found.unknown) terminal.note(`${silent}: ${reason}`);
        // What is told is not all there is.
        if (found.unknown.length > 0) process.exitCode = 1;
        if (output !== "text") return terminal.print(formatValue(found.items, output));
        if (found.items.length === 0) return terminal.note("No events");
        terminal.print(eventTable.rows(found.items, { paint: terminal.paint, now: terminal.now() }));
      }),
    );
};

type Item = EventsResult["items"][number];

const eventTable = createTable<Item>(
  [
    { title: "LAST SEEN", value: ({ lastSeen }, { now }) => age(lastSeen, now) },
    { title: "CLUSTER", value: ({ cluster }) => cluster },
    { title: "APPLICATION", value: ({ application }) => application },
    {
      title: "OBJECT",
      value: ({ kind, namespace, name }) => `${kind} ${namespace === "" ? "" : `${namespace}/`}${name}`,
    },
    { title: "TYPE", value: ({ type }, { paint }) => (type === "Warning" ? paint.yellow(type) : type) },
    { title: "REASON", value: ({ reason, count: times }) => (times > 1 ? `${reason} (×${times})` : reason) },
    { title: "MESSAGE", value: ({ message }) => message },
  ],
  { wide: false },
);

function count(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError("Expected a number of lines.");
  return Number(text);
}
