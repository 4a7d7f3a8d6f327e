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
  const { sync, message } = now as ApplicationStatus;
  if (sync !== "OutOfSync" || message === "") return undefined;
  if ((before as ApplicationStatus | undefined)?.message === message) return undefined;
  return { environment: key.environment, application: key.application, message };
}
