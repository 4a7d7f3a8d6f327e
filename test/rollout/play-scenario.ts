import { isDeepStrictEqual } from "node:util";
import { defaultRolloutPolicy, parseDuration, type RolloutPolicy } from "../../common/domain/index.ts";
import { parseFleet } from "../../common/schema/index.ts";
import {
  clusterEntry,
  createRolloutState,
  planRollout,
  type RolloutEffect,
  type RolloutEvent,
  type RolloutState,
  step,
} from "../../hub/rollout/index.ts";
import { checkStep } from "./invariants.ts";
import type { Command, Scenario } from "./parse-scenario.ts";
import { shownEffect, shownPlan, shownState } from "./shown.ts";

type Untimed = RolloutEvent extends infer Each ? (Each extends RolloutEvent ? Omit<Each, "at"> : never) : never;

interface Stage {
  state: RolloutState;
  now: number;
  revisions: number;
}

/** The scenario with what each command really does, and the state at its end. */
export function playScenario({ head, commands }: Scenario): { readonly text: string; readonly state: RolloutState } {
  const stage: Stage = {
    state: createRolloutState("prod", defaultRolloutPolicy, "A"),
    now: Date.parse("2026-11-23T12:00:00Z"),
    revisions: 0,
  };
  const parts = commands.map((command) => {
    const before = shownState(stage.state);
    const did = play(stage, command);
    const after = shownState(stage.state);
    const lines = [...did, ...(after === before ? [] : after.split("\n"))];
    return [
      `> ${command.text}`,
      ...command.body.map((line) => `  | ${line}`),
      ...lines.map((line) => `  ${line}`),
    ].join("\n");
  });
  return { text: `${head}\n${parts.join("\n")}\n`, state: stage.state };
}

function play(stage: Stage, { text, body }: Command): string[] {
  const [, verb = "", rest = ""] = /^(\S+)\s*(.*)$/.exec(text) ?? [];
  const [before, message] = split(rest);
  const words = before.split(/\s+/).filter((word) => word !== "");
  const send = (event: Untimed) => sendEvent(stage, event);
  const each = (make: (name: string) => Untimed) => words.flatMap((name) => send(make(name)));
  const by = { actor: after(words, "by") ?? "ann", reason: message };
  switch (verb) {
    case "released":
      stage.state = createRolloutState("prod", stage.state.policy, words[0] === "nothing" ? undefined : words[0]);
      return [];
    case "now":
      stage.now = Date.parse(words[0] ?? "");
      return [];
    case "policy":
      return send({ type: "policy", policy: policyOf(body) });
    case "clusters":
    case "join":
    case "label": {
      const labels = Object.fromEntries(words.filter((word) => word.includes("=")).map((word) => word.split("=")));
      const names = words.filter((word) => !word.includes("=")).flatMap(spread);
      const { released } = stage.state;
      const assigned = verb !== "clusters" || released === undefined ? {} : { assigned: released };
      return names.flatMap((cluster) => {
        const online = clusterEntry(stage.state.clusters, cluster)?.online ?? true;
        const suspended = message === "" ? {} : { suspended: message };
        const told = { ...assigned, ...suspended };
        return send({ type: "join", cluster, labels: labels as Record<string, string>, online, ...told });
      });
    }
    case "leave":
      return each((cluster) => ({ type: "leave", cluster }));
    case "offline":
    case "online":
      return each((cluster) => ({ type: "presence", cluster, online: verb === "online" }));
    case "suspend":
    case "unsuspend":
      return each((cluster) => ({ type: "suspend", cluster, reason: verb === "suspend" ? message : undefined }));
    case "held":
    case "unheld": {
      const revision = stage.state.run?.revision ?? "";
      return each((cluster) => ({ type: "held", cluster, revision, reason: verb === "held" ? message : undefined }));
    }
    case "healthy":
    case "degraded":
    case "progressing": {
      const health = ({ healthy: "Healthy", degraded: "Degraded", progressing: "Progressing" } as const)[verb];
      const at = after(words, "at");
      const names = words.slice(0, at === undefined ? undefined : words.indexOf("at")).flatMap(spread);
      return names.flatMap((cluster) => {
        const revision = at ?? clusterEntry(stage.state.clusters, cluster)?.assigned ?? "";
        return send({ type: "report", cluster, revision, applied: true, health, message });
      });
    }
    case "revision":
    case "reverted": {
      const revision = words[0] ?? "";
      const release = {
        id: `run-${++stage.revisions}`,
        revision,
        authors: [after(words, "by") ?? "alice"],
        manual: words.includes("chosen"),
        revertOf: after(words, "reverting"),
        seed: stage.revisions,
      };
      const same = after(words, "same");
      if (verb === "revision") {
        return send({ type: "revision", ...release, ...(same === undefined ? {} : { sameAs: [same] }) });
      }
      return send({ type: "reverted", of: stage.state.run?.revision ?? "", release });
    }
    case "revert": {
      const of = stage.state.run?.revision ?? "";
      return send({ type: words[0] === "waits" ? "revertPending" : "revertFailed", of, message });
    }
    case "gate": {
      const [name = "", verdict = ""] = words;
      const [, gate] = Object.entries(stage.state.run?.gates ?? {}).find(([key]) => key.endsWith(`/${name}`)) ?? [];
      return send({ type: "gate", id: after(words, "id") ?? gate?.id ?? "", verdict: verdict as "passed", message });
    }
    case "approve":
      return send({
        type: "operation",
        operation: "approve",
        revision: after(words, "of") ?? stage.state.run?.revision ?? "",
        ...by,
      });
    case "pause":
    case "resume":
    case "abort":
    case "retry":
    case "skipWave":
    case "override":
    case "release":
      return send({ type: "operation", operation: verb, ...by });
    case "rollback":
      return send({ type: "operation", operation: "rollback", of: words[0] ?? "", ...by });
    case "after":
      return pass(stage, parseDuration(words[0] ?? "") ?? Number.NaN);
    case "restart":
      return send({ type: "restart" });
    case "notified":
      return stage.state.notices.flatMap(({ id }) => send({ type: "notified", id }));
    case "plan": {
      const clusters = words.flatMap(spread).map((name) => ({ name, labels: {} }));
      return shownPlan(planRollout(stage.state.policy, clusters, stage.now));
    }
    case "history":
      return stage.state.history.map(
        ({ revision, what, actor, reason }) =>
          `${revision === "" ? "-" : revision}: ${what} by ${actor}${reason === "" ? "" : `: ${reason}`}`,
      );
    default:
      throw new Error(`no such command: "${text}"`);
  }
}

function sendEvent(stage: Stage, event: Untimed): string[] {
  const timed = { ...event, at: stage.now } as RolloutEvent;
  const before = stage.state;
  const { state, effects } = step(before, timed);
  checkStep(before, timed, state, effects);
  // A hub that restarts reads what was stored: nothing may hang on more than JSON can say.
  const stored = step(JSON.parse(JSON.stringify(before)) as RolloutState, timed);
  if (!isDeepStrictEqual(plain({ state, effects }), plain(stored))) throw new Error("a stored state steps differently");
  stage.state = state;
  return effects.flatMap((effect: RolloutEffect) => shownEffect(effect, stage.now));
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** Lets time pass, ticking whenever the state wants it. */
function pass(stage: Stage, ms: number): string[] {
  const end = stage.now + ms;
  const lines: string[] = [];
  for (let turn = 0; turn < 1000; turn++) {
    const { wakeAt } = stage.state;
    if (wakeAt === undefined || wakeAt > end) break;
    if (turn === 999) throw new Error("it wakes up all the time");
    stage.now = wakeAt;
    lines.push(...sendEvent(stage, { type: "tick" }));
  }
  stage.now = end;
  return [...lines, ...sendEvent(stage, { type: "tick" })];
}

function policyOf(body: readonly string[]): RolloutPolicy {
  const head = "apiVersion: drover.dev/v1alpha1\nkind: Fleet\nenvironments:\n  - name: prod\n    clusters: {}\n";
  const block = body.length === 0 ? "" : `    rollout:\n${body.map((line) => `      ${line}\n`).join("")}`;
  const { fleet, problems } = parseFleet(head + block, "fleet.yaml");
  const [environment] = fleet?.environments ?? [];
  if (environment === undefined) throw new Error(problems.map(({ message }) => message).join("\n"));
  return environment.rollout ?? defaultRolloutPolicy;
}

/** "c1..c5" → five names. */
function spread(word: string): string[] {
  const [, prefix = "", first, last] = /^([a-z-]+)(\d+)\.\.[a-z-]*(\d+)$/.exec(word) ?? [];
  if (first === undefined || last === undefined) return [word];
  return Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => `${prefix}${Number(first) + index}`);
}

function split(rest: string): [string, string] {
  const at = rest.indexOf(": ");
  return at === -1 ? [rest, ""] : [rest.slice(0, at), rest.slice(at + 2)];
}

function after(words: readonly string[], word: string): string | undefined {
  const at = words.indexOf(word);
  return at === -1 ? undefined : words[at + 1];
}
