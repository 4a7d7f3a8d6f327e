import { type ApplicationStatus, parseReportKey } from "../../common/domain/index.ts";

/** Why an application cannot be as Git says, when that is new. */
export interface Trouble {
  readonly environment: string;
  readonly application: string;
  readonly message: string;
}

/** Read from what a cluster reports and reported before under a key: whoever reads the hub's log need not ask every cluster. */
export function troubleIn(text: string, before: unknown, now: unknown): Trouble | undefined {
  const key = parseReportKey(text);
  if (key?.kind !== "application" || now === undefined) return undefined;
  const { sync } = now as ApplicationStatus;
  const message = troubleOf(now as ApplicationStatus);
  if (sync !== "OutOfSync" || message === "") return undefined;
  if (before !== undefined && troubleOf(before as ApplicationStatus) === message) return undefined;
  return { environment: key.environment, application: key.application, message };
}

/** To wait for another application is no trouble, and what is held the hub has said itself. */
function troubleOf({ message }: ApplicationStatus): string {
  const lines = message.split("\n");
  return lines.filter((line) => !line.startsWith("Waits for ") && !line.startsWith("Held: ")).join("\n");
}
