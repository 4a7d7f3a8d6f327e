import type { Problem } from "../../common/domain/index.ts";
import { positioned } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";

/** Logs the problems of a place when they are news, and when they are gone. */
export type ProblemLog = (place: string, problems: readonly Problem[]) => void;

export function createProblemLog(log: Logger): ProblemLog {
  const logged = new Map<string, string>();
  return (place, problems) => {
    const text = JSON.stringify(problems);
    if ((logged.get(place) ?? "[]") === text) return;
    logged.set(place, text);
    for (const { severity, message, position } of problems) {
      log[severity === "error" ? "error" : "warn"]({ place }, positioned(message, position));
    }
    if (problems.length === 0) log.info({ place }, "problems are solved");
  };
}
