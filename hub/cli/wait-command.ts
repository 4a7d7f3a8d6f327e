import { type Command, InvalidArgumentError, Option } from "commander";
import type { ApplicationView, EnvironmentView } from "../../common/domain/index.ts";
import { AppError, positioned } from "../../common/errors.ts";
import type { HubClient } from "./client.ts";
import { firstLine } from "./output.ts";
import type { Terminal } from "./terminal.ts";

interface WaitOptions {
  readonly for: "synced" | "healthy";
  readonly revision?: string;
  readonly timeout: number;
}

export function waitCommand(program: Command, connect: () => HubClient, terminal: Terminal): void {
  program
    .command("wait")
    .description(
      "wait until an environment is synced or healthy on all its clusters; exit 1 with the reasons otherwise",
    )
    .argument("<environment/NAME>", "what to wait for", environmentName)
    .addOption(new Option("--for <condition>", "the condition").choices(["synced", "healthy"]).makeOptionMandatory())
    .option("--revision <sha>", "at this commit (a prefix will do)")
    .option("--timeout <duration>", "give up after this long: 500ms, 60s, 5m", durationMs, 60_000)
    .action(async (name: string, options: WaitOptions) => {
      const client = connect();
      const timeout = AbortSignal.timeout(options.timeout);
      const signal = AbortSignal.any([timeout, terminal.signal]);
      let reasons: readonly string[] = [];
      try {
        // The stream of changes begins with a "list again", so the first look comes from it too.
        for await (const _change of client.changes({ signal })) {
          reasons = await unmet(client, name, options);
          if (reasons.length === 0) return;
        }
      } finally {
        await client.close();
      }
      if (terminal.signal.aborted) throw new AppError("DEADLINE_EXCEEDED", "Interrupted");
      const why = reasons.length === 0 ? ["the hub did not answer"] : reasons;
      throw new AppError(
        "DEADLINE_EXCEEDED",
        `Environment "${name}" is not ${options.for} after ${options.timeout} ms:\n${why.map((line) => `  ${line}`).join("\n")}`,
      );
    });
}

/** Why the condition does not hold; empty when it does. */
async function unmet(client: HubClient, name: string, options: WaitOptions): Promise<string[]> {
  const [environment] = await client.list<EnvironmentView>("environments", { name });
  if (environment === undefined) throw new AppError("NOT_FOUND", `No such environment: "${name}"`);
  const reasons = environment.problems
    .filter((problem) => problem.severity === "error")
    .map(({ message, position }) => positioned(message, position));
  if (options.revision !== undefined && environment.revision?.startsWith(options.revision) !== true) {
    reasons.push(`it is at ${environment.revision ?? "no revision"}, not at ${options.revision}`);
  }
  const { clusters } = environment;
  if (clusters.total === 0) reasons.push("it has no clusters");
  if (clusters.synced < clusters.total) reasons.push(`${clusters.synced} of ${clusters.total} clusters synced`);
  if (options.for === "healthy" && clusters.healthy < clusters.total)
    reasons.push(`${clusters.healthy} of ${clusters.total} clusters healthy`);
  if (clusters.offline > 0 && reasons.length > 0) reasons.push(`${clusters.offline} clusters are offline`);
  if (reasons.length > 0) {
    for (const application of await client.list<ApplicationView>("applications", { environment: name })) {
      if (application.message !== "")
        reasons.push(`${application.cluster}: ${application.name}: ${firstLine(application.message)}`);
    }
  }
  return reasons;
}

function environmentName(word: string): string {
  const [, name] = /^(?:environment|env)\/(.+)$/.exec(word) ?? [];
  if (name === undefined) throw new InvalidArgumentError(`Expected environment/NAME: "${word}"`);
  return name;
}

function durationMs(word: string): number {
  const [, number, unit] = /^(\d+(?:[.]\d+)?)(ms|s|m|h)$/.exec(word) ?? [];
  if (number === undefined || unit === undefined)
    throw new InvalidArgumentError(`Expected a duration such as 60s or 5m: "${word}"`);
  return Number(number) * { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[unit as "ms" | "s" | "m" | "h"];
}
