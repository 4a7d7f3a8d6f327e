import { Command, CommanderError } from "commander";
import { errorCodes, isAbort, positioned, toAppError } from "../../common/errors.ts";
import { version } from "../../common/version.ts";
import { advice } from "./advice.ts";
import { changelogCommand } from "./changelog-command.ts";
import { createHubClient } from "./client.ts";
import { clusterCommand } from "./cluster-command.ts";
import { loadContext } from "./context.ts";
import { diffCommand } from "./diff-command.ts";
import { doraCommand } from "./dora-command.ts";
import { driftCommand } from "./drift-command.ts";
import { environmentCommands } from "./environment-commands.ts";
import { freezeCommands } from "./freeze-commands.ts";
import { getCommand } from "./get-command.ts";
import { inspectCommands } from "./inspect-commands.ts";
import { loginCommand } from "./login-command.ts";
import { pruneCommand } from "./prune-command.ts";
import { rolloutCommands } from "./rollout-command.ts";
import type { Session } from "./session.ts";
import { createTerminal } from "./terminal.ts";
import { tokenCommand } from "./token-command.ts";
import { waitCommand } from "./wait-command.ts";

const terminal = createTerminal(process.env);
const session: Session = {
  terminal,
  async withHub(work) {
    const client = createHubClient(loadContext({ env: process.env, cwd: process.cwd() }), terminal);
    try {
      await work(client);
    } finally {
      await client.close();
    }
  },
};

// Commands inherit these settings when they are added, so the settings come first.
const program = new Command("drover")
  .description("Drover keeps a fleet of Kubernetes clusters at what Git says")
  .version(version)
  .showHelpAfterError("Run it with --help to see what is possible")
  .exitOverride();
for (const add of [
  loginCommand,
  clusterCommand,
  tokenCommand,
  getCommand,
  waitCommand,
  diffCommand,
  changelogCommand,
  doraCommand,
  driftCommand,
  pruneCommand,
  inspectCommands,
  environmentCommands,
  freezeCommands,
  rolloutCommands,
])
  add(program, session);
program.addHelpText(
  "after",
  `
The hub is found through DROVER_URL and DROVER_TOKEN (and DROVER_CA_FILE), else .drover/context.json in this folder or one
above, else what 'drover login' remembered.

Exit codes: 0 done, 1 failed or condition not met, 2 wrong usage.`,
);

try {
  await program.parseAsync();
} catch (thrown) {
  // Commander has said what is wrong already.
  if (thrown instanceof CommanderError) process.exitCode = thrown.exitCode === 0 ? 0 : 2;
  else if (isAbort(thrown) && terminal.signal.aborted) {
    terminal.note("Interrupted");
    process.exitCode = 1;
  } else {
    const error = toAppError(thrown);
    terminal.note(`Error: ${positioned(error.message, error.position)}`);
    const next = advice(error);
    if (next !== undefined) terminal.note(next);
    process.exitCode = errorCodes[error.code].exit;
  }
} finally {
  terminal.finish();
}
