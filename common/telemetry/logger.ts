import { type Logger, pino } from "pino";

export type { Logger };

/** Field names whose values never reach a log. */
const secretPaths = [
  "token",
  "password",
  "authorization",
  "data",
  "stringData",
  "*.token",
  "*.password",
  "*.authorization",
];

export interface LoggerOptions {
  readonly name: string;
  readonly level: string;
  /** One readable line per entry instead of JSON. */
  readonly pretty: boolean;
  readonly colour: boolean;
}

/** Logs go to standard error: standard output belongs to results. */
export function createLogger(options: LoggerOptions): Logger {
  const base = {
    name: options.name,
    level: options.level,
    redact: { paths: secretPaths, censor: "***" },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  if (!options.pretty) return pino(base, pino.destination(2));
  return pino(base, { write: (line) => process.stderr.write(prettyLine(line, options.colour)) });
}

export function silentLogger(): Logger {
  return pino({ level: "silent" });
}

const colours: Readonly<Record<string, number>> = { debug: 90, info: 32, warn: 33, error: 31, fatal: 35 };
const ordinary = new Set(["level", "time", "pid", "hostname", "name", "msg"]);

function prettyLine(line: string, colour: boolean): string {
  const entry = JSON.parse(line) as Record<string, unknown>;
  const level = String(entry["level"]);
  const label = level.toUpperCase().padEnd(5);
  const painted = colour ? `\u001b[${colours[level] ?? 0}m${label}\u001b[0m` : label;
  const fields = Object.entries(entry)
    .filter(([key]) => !ordinary.has(key))
    .map(([key, value]) => `${key}=${typeof value === "string" && !/\s/.test(value) ? value : JSON.stringify(value)}`)
    .join(" ");
  const time = String(entry["time"]).slice(11, 23);
  return `${time} ${painted} ${String(entry["name"])}: ${String(entry["msg"])}${fields === "" ? "" : ` ${fields}`}\n`;
}
