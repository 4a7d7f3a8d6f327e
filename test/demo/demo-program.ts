import { readFileSync } from "node:fs";
import { type Child, inCheckout, startChild } from "../programs/index.ts";

export interface DemoProgram {
  readonly child: Child;
  /** Why it ended, with the end of its log. */
  readonly obituary: Promise<string>;
}

/** Runs one of the bundled programs; `log` is appended to. */
export async function startDemoProgram(
  program: "hub" | "agent",
  name: string,
  args: readonly string[],
  log: string,
): Promise<DemoProgram> {
  const child = await startChild(process.execPath, [inCheckout(`dist/${program}.js`), ...args], { log });
  return {
    child,
    obituary: child.ended.then((how) => `the ${name} ended with ${how}; the end of ${log}:\n${endOf(log)}`),
  };
}

function endOf(log: string, lines = 10): string {
  const all = readFileSync(log, "utf8").trimEnd().split("\n");
  return all
    .slice(-lines)
    .map((line) => `  ${inWords(line)}`)
    .join("\n");
}

/** The programs log JSON; a person at a terminal wants the message. */
function inWords(line: string): string {
  try {
    const { level, msg, err } = JSON.parse(line) as { level: string; msg: string; err?: { message?: string } };
    return `${level}: ${msg}${err?.message === undefined ? "" : `: ${err.message}`}`;
  } catch {
    return line;
  }
}
