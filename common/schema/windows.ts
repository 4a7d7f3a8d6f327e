import { type DeploymentWindows, type Problem, parseDuration, type TimeWindow } from "../domain/index.ts";
import { instantIn, neverOpens } from "../windows/index.ts";
import type { WrittenWindow, WrittenWindows } from "./window-schema.ts";
import type { DocumentPath, YamlDocument } from "./yaml-document.ts";

type Windows = Omit<DeploymentWindows, "onClose">;

/** The year 2026: whether windows ever open is asked from a fixed moment, so that a file is right or wrong for good. */
const referenceMs = 1_767_225_600_000;

export function windowsOf({ timeZone, allow, deny }: WrittenWindows): Windows {
  const timesOf = (list: readonly WrittenWindow[]) => list.map((window) => timeWindowOf(window, timeZone));
  return { timeZone, allow: timesOf(allow), deny: timesOf(deny) };
}

/** A date that no calendar has becomes NaN: it is reported with its line. */
function timeWindowOf({ cron, duration, from, to, reason }: WrittenWindow, timeZone: string): TimeWindow {
  if (cron !== undefined && duration !== undefined) {
    return { type: "cron", cron, durationMs: parseDuration(duration) ?? 0, reason };
  }
  const instant = (text: string | undefined) => instantIn(timeZone, text ?? "") ?? Number.NaN;
  return { type: "dates", fromMs: instant(from), toMs: instant(to), reason };
}

/** What is wrong with windows that stand at `path` of the document. */
export function windowProblems(
  written: WrittenWindows,
  windows: Windows,
  document: YamlDocument,
  path: DocumentPath,
): readonly Problem[] {
  const problems: Problem[] = [];
  const wrong = (message: string, ...inside: DocumentPath) =>
    problems.push({ severity: "error", message, position: document.locate([...path, ...inside]) });
  for (const kind of ["allow", "deny"] as const) {
    for (const [index, window] of windows[kind].entries()) {
      if (window.type === "cron") {
        if (window.durationMs === 0) wrong('Expected a "duration" above 0', kind, index, "duration");
        continue;
      }
      const { from, to } = written[kind][index] ?? {};
      const times = { from: [from, window.fromMs], to: [to, window.toMs] } as const;
      for (const [field, [text, ms]] of Object.entries(times)) {
        if (!Number.isNaN(ms)) continue;
        wrong(`Expected a time such as "2026-12-20" or "2026-12-20T18:00": got "${text}"`, kind, index, field);
      }
      if (window.fromMs >= window.toMs) wrong(`Expected "to" after "from": got "${from}" to "${to}"`, kind, index);
    }
  }
  if (problems.length === 0 && windows.allow.length > 0 && neverOpens(windows, referenceMs)) {
    wrong("These windows never open: expected a time that an allow covers and no deny closes");
  }
  return problems;
}
