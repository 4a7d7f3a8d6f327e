import {
  type ApplicationStatus,
  type AssignmentHeader,
  displayRef,
  type HealthState,
  type ObjectRef,
  type ObjectStatus,
  refKey,
  worstHealth,
  worstSync,
} from "../../common/domain/index.ts";
import type { Observed } from "../observe/index.ts";
import { type Waiting, waitingMessage, waitingText } from "../plan/index.ts";
import type { ApplicationState, ObjectState } from "./state.ts";

/** How many problems an application's message names. */
const shownProblems = 3;

export function objectStatus(object: ObjectState, live: Observed | undefined): ObjectStatus {
  const { ref, error, drift, isApplied, isDoneAndGone, isRefused } = object;
  if (object.left === "ignored" || object.left === "present" || object.left === "paused") {
    const { left } = object;
    const state = left === "paused" ? ({ sync: "Unknown", health: "Suspended" } as const) : settled;
    return { ref, ...state, message: leftMessages[left] };
  }
  const there = isRefused ? undefined : live;
  const absent = isDoneAndGone ? { state: "Healthy" as const, message: "" } : missing;
  const health = there?.health ?? absent;
  return {
    ref,
    sync: error !== "" || drift !== "" || !isApplied ? "OutOfSync" : "Synced",
    health: health.state,
    message: firstOf(error, drift, health.message),
  };
}

const settled = { sync: "Synced", health: "Healthy" } as const;

const leftMessages = {
  ignored: "Not applied: its annotations say so",
  present: "Left as it is: it was there before, and is only created where it is not",
  paused: "Left as it is: an annotation in the cluster says so",
};

/** Its message is no problem. */
export function isNote({ left }: ObjectState): boolean {
  return left === "ignored" || left === "present";
}

const missing = { state: "Missing" as const, message: "" };

export function applicationStatus(
  state: ApplicationState,
  header: Pick<AssignmentHeader, "environment" | "generation">,
  waitsFor: readonly string[],
): ApplicationStatus {
  const { body, fault, heldReason, objects, problems, waiting, pruneErrors, blocked } = state;
  const { environment, generation } = header;
  const { hasFailed, isPending } = state.steps;
  const health = worstHealth([
    ...state.health.states(),
    ...(isPending ? (["Progressing"] as const) : []),
    ...(hasFailed ? (["Degraded"] as const) : []),
  ]);
  const unknown = body === undefined && heldReason !== undefined;
  const isOverdue = state.patience === "over";
  const lines = [
    fault,
    heldReason === undefined ? "" : `Held: ${heldReason}`,
    waitsFor.length === 0 ? "" : `Waits for ${waitsFor.map((name) => `"${name}"`).join(", ")} to be healthy`,
    state.steps.fault,
    ...state.steps.lines,
    waveLine(state),
    isOverdue ? `Not healthy after ${body?.policy.timeoutSeconds ?? 0} s` : "",
    ...firstProblems(problems, objects),
    ...[...pruneErrors.values()].slice(0, shownProblems),
    waitingMessage(environment, state.name, waiting, blocked ?? null),
  ];
  const isStuck = fault !== "" || state.steps.fault !== "" || hasFailed;
  const isLeftOver = pruneErrors.size > 0 || (blocked ?? null) !== null;
  const sync = isStuck || isLeftOver ? "OutOfSync" : worstSync(state.sync.states());
  return {
    revision: body?.revision ?? "",
    generation,
    sync: unknown ? "Unknown" : sync,
    health: unknown ? "Unknown" : overdueHealth(health, isOverdue),
    message: lines.filter((line) => line !== "").join("\n"),
    objects: objects.size,
    drifted: state.drifted,
    ...(blocked === undefined ? {} : { blockedPrune: blocked }),
  };
}

/** Of an object that is wanted no more and still there. */
export function waitingStatus(waiting: Waiting, live: Observed | undefined): ObjectStatus {
  return {
    ref: waiting.ref,
    sync: "OutOfSync",
    health: live?.health.state ?? "Unknown",
    message: waitingText(waiting),
  };
}

/** "Waits for wave 0: Deployment shop/web: 1 of 2 available"; empty when nothing waits for objects of an earlier wave. */
function waveLine({ steps: { front }, objects }: ApplicationState): string {
  if (front?.isBlocking !== true) return "";
  const blockers = front.blockers
    .flatMap((ref) => objects.get(refKey(ref)) ?? [])
    .filter(({ isApplied, status }) => !isApplied || !isAtRest(status?.health ?? "Missing"));
  const worst = blockers.find(({ status }) => status?.health === "Degraded") ?? blockers[0];
  if (worst === undefined) return "";
  const why = worst.status?.message ?? "";
  const reason = why !== "" ? why : worst.isApplied ? (worst.status?.health ?? "Missing") : "not applied yet";
  return `Waits for wave ${front.wave ?? 0}: ${about(worst.ref, reason)}`;
}

/** Nothing is left to wait for. What is suspended was suspended on purpose. */
export function isAtRest(health: HealthState): boolean {
  return health === "Healthy" || health === "Suspended";
}

function overdueHealth(health: HealthState, isOverdue: boolean): HealthState {
  return isOverdue && (health === "Progressing" || health === "Missing" || health === "Unknown") ? "Degraded" : health;
}

function firstProblems(problems: ReadonlyMap<string, string>, objects: ReadonlyMap<string, ObjectState>): string[] {
  const lines: string[] = [];
  for (const [key, message] of problems) {
    if (lines.length === shownProblems) return [...lines, `and ${problems.size - shownProblems} more`];
    const ref = objects.get(key)?.ref;
    if (ref !== undefined) lines.push(about(ref, message));
  }
  return lines;
}

function about(ref: ObjectRef, message: string): string {
  return message.includes(displayRef(ref)) ? message : `${displayRef(ref)}: ${message}`;
}

function firstOf(...texts: readonly string[]): string {
  return texts.find((text) => text !== "") ?? "";
}
