import { type Command, CommanderError } from "commander";

/** Runs a command line to its end. Wrong usage ends in status 2; help and version in 0; what an action throws is the caller's. */
export async function runCommandLine(program: Command): Promise<void> {
  overrideExit(program);
  try {
    await program.parseAsync();
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    process.exitCode = thrown.exitCode === 0 ? 0 : 2;
  }
}

/** Sub-commands do not inherit it. */
function overrideExit(command: Command): void {
  command.exitOverride();
  for (const nested of command.commands) overrideExit(nested);
}
