import { Argument, InvalidArgumentError, Option } from "commander";
import { AppError } from "../../common/errors.ts";
import type { Cancellable } from "../ports.ts";
import type { HubClient } from "./client.ts";
import { type DurationArgument, patienceArgument } from "./duration-argument.ts";
import type { Commands } from "./session.ts";
import { type Condition, unmet } from "./unmet.ts";

interface WaitOptions extends Condition {
  readonly timeout: DurationArgument;
}

/** The time that a hub has for its first answer, however short the wait for the condition. */
const firstLookMs = 10_000;

export const waitCommand: Commands = (program, { terminal, withHub }) => {
  program
    .command("wait")
    .description(
      "wait until an environment is synced or healthy on all its clusters; exit 1 with the reasons otherwise",
    )
    .addArgument(new Argument("<environment/NAME>", "what to wait for").argParser(environmentName))
    .addOption(
      new Option("--for <condition>", "the condition: healthy means synced and healthy")
        .choices(["synced", "healthy"])
        .makeOptionMandatory(),
    )
    .addOption(new Option("--revision <sha>", "at this commit (a prefix will do)").argParser(revisionPrefix))
    .addOption(
      new Option("--timeout <duration>", "give up after this long: 500ms, 60s, 5m; 0s only looks")
        .argParser(patienceArgument)
        .default({ text: "60s", ms: 60_000 }, "60s"),
    )
    .addHelpText(
      "after",
      "\nExample: git push && drover wait environment/dev --for healthy --revision $(git rev-parse HEAD)",
    )
    .action((name: string, options: WaitOptions) =>
      withHub(async (client) => {
        const timeout = AbortSignal.timeout(options.timeout.ms);
        const signal = AbortSignal.any([timeout, terminal.signal]);
        let reasons: readonly string[] = ["The hub did not answer in time"];
        const look = async (patience: AbortSignal) => {
          const looking = AbortSignal.any([patience, terminal.signal]);
          reasons = await reasonsNow(client, name, options, { signal: looking }).catch((thrown: unknown) => {
            if (looking.aborted) return reasons;
            throw thrown;
          });
          terminal.waiting(`Waiting for environment "${name}" to be ${options.for}: ${reasons[0] ?? ""}`);
          return reasons.length === 0;
        };
        if (await look(AbortSignal.timeout(Math.max(options.timeout.ms, firstLookMs)))) return;
        for await (const _change of client.changes({ signal, lost: (error) => (reasons = [error.message]) })) {
          if (await look(timeout)) return;
        }
        terminal.signal.throwIfAborted();
        throw new AppError(
          "DEADLINE_EXCEEDED",
          `Environment "${name}" is not ${options.for} after ${options.timeout.text}:\n${reasons.map((line) => `  ${line}`).join("\n")}`,
        );
      }),
    );
};

/** Why the condition does not hold now. A hub that cannot be reached, or has not read Git yet, is a reason too: it may come. */
async function reasonsNow(
  client: HubClient,
  name: string,
  condition: Condition,
  options: Cancellable,
): Promise<readonly string[]> {
  try {
    return await unmet(client, name, condition, options);
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    if (thrown.code === "NOT_FOUND" && !(await client.ready(options)))
      return ["The hub has not read its repository yet"];
    if (thrown.retryable && thrown.code !== "INTERNAL") return [thrown.message];
    throw thrown;
  }
}

function environmentName(word: string): string {
  const [, name] = /^(?:environments?|envs?)\/(.+)$/.exec(word) ?? [];
  if (name === undefined) throw new InvalidArgumentError("Expected environment/NAME.");
  return name;
}

function revisionPrefix(word: string): string {
  if (!/^[0-9a-f]{4,40}$/i.test(word)) throw new InvalidArgumentError("Expected 4 to 40 hex digits of a commit.");
  return word.toLowerCase();
}
