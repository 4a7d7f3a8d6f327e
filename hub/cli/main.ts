import { Command, CommanderError } from "commander";
import { errorCodes, positioned, toAppError } from "../../common/errors.ts";
import { version } from "../../common/version.ts";
import { createHubClient } from "./client.ts";
import { clusterCommand } from "./cluster-command.ts";
import { loadContext } from "./context.ts";
import { environmentCommands } from "./environment-commands.ts";
import { getCommand } from "./get-command.ts";
import { loginCommand } from "./login-command.ts";
import { createTerminal } from "./terminal.ts";
import { waitCommand } from "./wait-command.ts";

const terminal = createTerminal();
const connect = () => createHubClient(loadContext({ env: process.env, cwd: process.cwd() }));

const program = new Command("drover")
  .description("Drover keeps a fleet of Kubernetes clusters at what Git says")
  .version(version)
  .showHelpAfterError("Run with --help to see what is possible")
  .addHelpText(
    "after",
    `
The hub is found through DROVER_URL and DROVER_TOKEN (and DROVER_CA_FILE), else .drover/context.json in this folder or one
above, else what 'drover login' remembered.

Exit codes: 0 done, 1 failed or condition not met, 2 wrong usage.`,
  )
  .exitOverride();

loginCommand(program, terminal);
clusterCommand(program, connect, terminal);
getCommand(program, connect, terminal);
waitCommand(program, connect, terminal);
environmentCommands(program, connect, terminal);
// Sub-commands do not inherit it.
for (const command of program.commands) {
  command.exitOverride();
  for (const nested of command.commands) nested.exitOverride();
}

try {
  await program.parseAsync();
} catch (thrown) {
  if (thrown instanceof CommanderError) process.exitCode = thrown.exitCode === 0 ? 0 : 2;
  else {
    const error = toAppError(thrown);
    terminal.note(`Error: ${positioned(error.message, error.position)}`);
    process.exitCode = errorCodes[error.code].exit;
  }
}
