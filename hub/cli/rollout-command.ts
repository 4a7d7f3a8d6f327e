import { Option } from "commander";
import type { RolloutView } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import type { PromotionResult, RolloutAction, RolloutPlan } from "../surfaces.ts";
import { type AnswerFormat, age, answerFormats, formatValue, shortRevision } from "./output.ts";
import type { Commands } from "./session.ts";

/** Transitions below a status. */
const shownTransitions = 10;

const actions: readonly {
  readonly name: RolloutAction;
  readonly does: string;
  readonly done: string;
  readonly needsReason?: true;
}[] = [
  {
    name: "pause",
    does: "stop before the next cluster; without a rollout under way, hold the environment",
    done: "Paused",
  },
  { name: "resume", does: "go on after a pause or a failure, and lift the hold", done: "Resumed" },
  { name: "abort", does: "give the rollout up; clusters keep what they have", done: "Aborted" },
  { name: "retry", does: "try again what failed or was aborted", done: "Retrying" },
  {
    name: "skip-wave",
    does: "leave the current wave; its waiting clusters come last",
    done: "Skipped the wave of",
    needsReason: true,
  },
  {
    name: "override",
    does: "ignore the deployment windows until this rollout ends",
    done: "Windows are ignored for",
    needsReason: true,
  },
];

export const rolloutCommands: Commands = (program, { terminal, withHub }) => {
  const path = (environment: string, rest: string) => `/api/v1/environments/${encodeURIComponent(environment)}/${rest}`;
  const output = () => new Option("-o, --output <format>", "output format").choices(answerFormats).default("text");
  const rollout = program.command("rollout").description("how a revision goes through the clusters of an environment");

  rollout
    .command("status <environment>")
    .description("waves, gates, what it waits for, and what happened")
    .addOption(output())
    .action((environment: string, { output: format }: { readonly output: AnswerFormat }) =>
      withHub(async (client) => {
        const [view] = await client.list<RolloutView>("rollouts", { environment });
        if (view === undefined) {
          throw new AppError(
            "NOT_FOUND",
            `Environment "${environment}" has no rollouts: write "rollout:" in fleet.yaml`,
          );
        }
        terminal.print(format === "text" ? statusText(view, terminal.now()) : formatValue(view, format));
      }),
    );

  rollout
    .command("plan <environment>")
    .description("what a rollout would do, before it starts")
    .option("--revision <sha>", "of this commit; default: the environment's newest")
    .addOption(output())
    .action(
      (
        environment: string,
        { revision, output: format }: { readonly revision?: string; readonly output: AnswerFormat },
      ) =>
        withHub(async (client) => {
          const query = revision === undefined ? "" : `?revision=${encodeURIComponent(revision)}`;
          const plan = await client.get<RolloutPlan>(path(environment, `rollout/plan${query}`));
          terminal.print(format === "text" ? planText(plan) : formatValue(plan, format));
        }),
    );

  for (const { name, does, done, needsReason } of actions) {
    const command = rollout.command(`${name} <environment>`).description(does);
    if (needsReason === true) command.requiredOption("--reason <text>", "why; kept in the history");
    else command.option("--reason <text>", "why; kept in the history", "");
    command.action((environment: string, { reason }: { readonly reason: string }) =>
      withHub(async (client) => {
        await client.send("POST", path(environment, `rollout/${name}`), { reason });
        terminal.note(`${done} ${environment}; 'drover rollout status ${environment}' shows how it goes`);
      }),
    );
  }

  program
    .command("hold <environment>")
    .description("let no automation start anything new in the environment")
    .option("--reason <text>", "why; shown beside the environment", "")
    .action((environment: string, { reason }: { readonly reason: string }) =>
      withHub(async (client) => {
        await client.send("POST", path(environment, "rollout/hold"), { reason });
        terminal.note(`Held ${environment}; 'drover release ${environment}' lifts it`);
      }),
    );

  program
    .command("release <environment>")
    .description("lift the hold; what waited for it starts")
    .option("--reason <text>", "why; kept in the history", "")
    .action((environment: string, { reason }: { readonly reason: string }) =>
      withHub(async (client) => {
        await client.send("POST", path(environment, "rollout/release"), { reason });
        terminal.note(`Released ${environment}`);
      }),
    );

  program
    .command("rollback <environment>")
    .description(
      "bring the files of an earlier release back by a new commit, and hold the environment; by a pull request where the branch is protected",
    )
    .option("--to <sha>", "this commit; default: the release before the present one")
    .option("--reason <text>", "why; stands in the commit and the history", "")
    .addOption(output())
    .action(
      (
        environment: string,
        {
          to,
          reason,
          output: format,
        }: { readonly to?: string; readonly reason: string; readonly output: AnswerFormat },
      ) =>
        withHub(async (client) => {
          const result = await client.send<PromotionResult>("POST", path(environment, "rollback"), { to, reason });
          if (format !== "text") return terminal.print(formatValue(result, format));
          if (result.pullRequest !== undefined) {
            return terminal.print(
              `Held ${environment}: ${result.branch} is rolled back once ${result.pullRequest} is merged`,
            );
          }
          terminal.print(
            result.moved
              ? `Rolled back ${environment}: ${result.branch} ${shortRevision(result.from)} → ${shortRevision(result.to)}`
              : `Nothing to roll back: ${result.branch} has these files already`,
          );
        }),
    );
};

function statusText(view: RolloutView, now: number): string {
  const lines = [`${view.environment}: ${situation(view)}`];
  if (view.revision !== null) {
    const kind = view.kind === "rollback" ? "rollback to" : "revision";
    lines.push(`${kind} ${shortRevision(view.revision)}, ${view.state} for ${age(view.since, now)}`);
  }
  lines.push(`released ${shortRevision(view.released)}`);
  if (view.hold !== null) lines.push(`held by ${view.hold.by}: ${view.hold.reason}`);
  if (view.heldBack !== null) lines.push(`waits for the hold: ${shortRevision(view.heldBack)}`);
  for (const revision of view.queue) lines.push(`queued ${shortRevision(revision)}`);
  for (const { name, state, clusters } of view.waves) {
    const { total, healthy, updating, waiting, failed, debt } = clusters;
    const parts = [`${healthy}/${total} healthy`];
    if (updating > 0) parts.push(`${updating} updating`);
    if (waiting > 0) parts.push(`${waiting} waiting`);
    if (failed > 0) parts.push(`${failed} failed`);
    if (debt > 0) parts.push(`${debt} later`);
    lines.push(`  ${name}: ${state}, ${parts.join(", ")}`);
  }
  for (const { wave, when, name, state, message } of view.gates) {
    lines.push(`  gate ${name} (${when} ${wave}): ${state}${message === "" ? "" : `, ${message}`}`);
  }
  for (const { cluster, message } of view.failures) lines.push(`  failed ${cluster}: ${message}`);
  for (const { cluster, reason, since } of view.debt) {
    lines.push(`  later ${cluster}: ${reason}, for ${age(since, now)}`);
  }
  for (const { revision, reason } of view.quarantine) lines.push(`quarantined ${shortRevision(revision)}: ${reason}`);
  for (const { at, what, actor, reason } of view.history.slice(-shownTransitions)) {
    lines.push(`  ${at} ${what} by ${actor}${reason === "" ? "" : `: ${reason}`}`);
  }
  return lines.join("\n");
}

function situation({ state, message }: RolloutView): string {
  if (message === "") return state;
  const isStopped = state === "paused" || state === "aborted" || state === "blocked";
  return isStopped ? message : `${state}, waits for ${message}`;
}

function planText({ environment, revision, waves, expectedMs, problems }: RolloutPlan): string {
  const total = waves.reduce((sum, wave) => sum + wave.clusters.length, 0);
  const lines = [
    `${environment} ${shortRevision(revision)}: ${total} clusters in ${waves.length} waves, about ${minutes(expectedMs)}`,
  ];
  for (const { name, clusters, maxUnavailable, bakeMs, before, after, waitsForWindowMs } of waves) {
    const parts = [`${maxUnavailable} at a time`];
    if (bakeMs > 0) parts.push(`${minutes(bakeMs)} of bake`);
    if (waitsForWindowMs > 0) parts.push(`waits ${minutes(waitsForWindowMs)} for its window`);
    if (before.length > 0) parts.push(`before it: ${before.join(", ")}`);
    if (after.length > 0) parts.push(`after it: ${after.join(", ")}`);
    lines.push(`  ${name}: ${clusters.join(", ") || "no clusters"} (${parts.join("; ")})`);
  }
  for (const problem of problems) lines.push(problem);
  return lines.join("\n");
}

function minutes(ms: number): string {
  return ms < 60_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;
}
