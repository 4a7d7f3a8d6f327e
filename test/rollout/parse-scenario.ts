/** One command of a scenario, and the lines below it that belong to it. */
export interface Command {
  /** As it stands in the file, without "> ". */
  readonly text: string;
  /** Without "  | ". */
  readonly body: readonly string[];
}

export interface Scenario {
  /** The lines before the first command. */
  readonly head: string;
  readonly commands: readonly Command[];
}

/** What follows a command and is no body is what it did when the file was written: it is made anew. */
export function parseScenario(text: string): Scenario {
  const lines = text.split("\n");
  const first = lines.findIndex((line) => line.startsWith("> "));
  const commands: { text: string; body: string[] }[] = [];
  for (const line of lines.slice(first)) {
    if (line.startsWith("> ")) commands.push({ text: line.slice(2), body: [] });
    else if (line.startsWith("  | ")) commands.at(-1)?.body.push(line.slice(4));
  }
  return { head: lines.slice(0, first).join("\n"), commands };
}
