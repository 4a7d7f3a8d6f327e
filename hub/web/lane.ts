import type { EnvironmentView, PromotionView, RolloutView } from "../../common/domain/index.ts";
import { type RolloutNews, rolloutNews } from "./rollout-news.ts";
import { healthTone, type Tone } from "./tone.ts";
import { counted, shortRevision } from "./words.ts";

/** One sentence, and since when it is true; `since` in ISO 8601. */
export interface Sentence {
  readonly tone: Tone;
  readonly text: string;
  readonly since: string | null;
}

/** An environment as the overview shows it: where it stands, and the one thing that people should know of it. */
export interface Lane {
  readonly environment: EnvironmentView;
  readonly promotion: PromotionView | undefined;
  readonly rollout: RolloutView | undefined;
  readonly tone: Tone;
  /** In a word or two. */
  readonly state: string;
  /** Why it failed, else what it waits for; undefined when nothing is to be said. */
  readonly sentence: Sentence | undefined;
  /** What keeps changes out until somebody lifts it. */
  readonly stops: readonly Stop[];
}

export interface Stop {
  readonly kind: "Held" | "Frozen" | "Suspended";
  readonly text: string;
}

export interface OverviewFacts {
  /** In promotion order. */
  readonly environments: readonly EnvironmentView[];
  readonly promotions: readonly PromotionView[];
  readonly rollouts: readonly RolloutView[];
}

/** Column by column in the direction in which changes travel: an environment stands right of all that it gets changes from. */
export function laneColumns(facts: OverviewFacts): readonly (readonly Lane[])[] {
  const columnOf = new Map<string, number>();
  const columns: Lane[][] = [];
  for (const environment of facts.environments) {
    const column = Math.max(0, ...environment.upstreams.map((name) => (columnOf.get(name) ?? -1) + 1));
    columnOf.set(environment.name, column);
    (columns[column] ??= []).push(laneOf(environment, facts));
  }
  // Holes come of upstreams that are no environments any more.
  return columns.filter((column) => column !== undefined);
}

export function laneOf(
  environment: EnvironmentView,
  { promotions, rollouts }: Pick<OverviewFacts, "promotions" | "rollouts">,
): Lane {
  const promotion = promotions.find((each) => each.environment === environment.name);
  const rollout = rollouts.find((each) => each.environment === environment.name);
  const news = rollout === undefined ? undefined : rolloutNews(rollout);
  const stops = stopsOf(environment);
  const { tone, state } = standing(environment, news, stops);
  const sentence = sentenceOf(environment, news, promotion);
  return { environment, promotion, rollout, tone, state, sentence, stops };
}

function stopsOf({ hold, freeze, clusters }: EnvironmentView): readonly Stop[] {
  const { suspended, total } = clusters;
  return [
    ...(hold === null ? [] : [{ kind: "Held", text: hold } as const]),
    ...(freeze === null ? [] : [{ kind: "Frozen", text: freeze } as const]),
    ...(suspended === 0
      ? []
      : [{ kind: "Suspended", text: `${suspended} of ${counted(total, "cluster")} keep what they have` } as const]),
  ];
}

function standing(
  { problems, health, sync, clusters, revision }: EnvironmentView,
  news: RolloutNews | undefined,
  stops: readonly Stop[],
): Pick<Lane, "tone" | "state"> {
  if (news?.tone === "bad") return { tone: "bad", state: news.state };
  if (problems.some(({ severity }) => severity === "error")) return { tone: "bad", state: "Mistake in Git" };
  if (healthTone(health) === "bad") return { tone: "bad", state: health };
  if (news?.tone === "warn") return { tone: "warn", state: news.state };
  if (news?.tone === "busy") return { tone: "busy", state: news.state };
  if (revision === null) return { tone: "quiet", state: "No commit yet" };
  if (clusters.total === 0) return { tone: "quiet", state: "No clusters" };
  if (clusters.offline > 0) return { tone: "warn", state: `${clusters.offline} offline` };
  if (health === "Progressing" || sync === "OutOfSync") return { tone: "busy", state: "Updating" };
  if (stops[0] !== undefined) return { tone: "warn", state: stops[0].kind };
  return { tone: healthTone(health), state: health };
}

/** The most pressing first: what failed, what is wrong in Git, what a rollout waits for, what keeps the next commit out. */
function sentenceOf(
  environment: EnvironmentView,
  news: RolloutNews | undefined,
  promotion: PromotionView | undefined,
): Sentence | undefined {
  if (news?.tone === "bad" && news.text !== "") return news;
  const mistake = environment.problems.find(({ severity }) => severity === "error");
  if (mistake !== undefined) return { tone: "bad", text: placed(mistake), since: null };
  if (environment.message !== "") {
    return {
      tone: isBad(environment) ? "bad" : "busy",
      text: environment.message,
      since: news?.since ?? null,
    };
  }
  if (news !== undefined && news.text !== "") return news;
  if (environment.revision !== null && environment.clusters.total === 0) {
    const text =
      "No cluster has the labels that fleet.yaml asks for: 'drover cluster join NAME -l KEY=VALUE' connects one";
    return { tone: "quiet", text, since: null };
  }
  return promotion === undefined ? undefined : promotionSentence(promotion);
}

/** A cluster may be healthy with what it had, and not take what it is to have. */
function isBad({ health }: EnvironmentView): boolean {
  return healthTone(health) === "bad";
}

/** What keeps the candidate out, or that it only needs somebody's word. */
export function promotionSentence(promotion: PromotionView): Sentence | undefined {
  const { candidate, gates, mode, state, environment } = promotion;
  if (candidate === null) return undefined;
  const next = shortRevision(candidate);
  const failed = gates.find((gate) => gate.state === "failed");
  if (failed !== undefined) {
    return { tone: "warn", text: `${next} may not come in: ${failed.name}: ${failed.reason}`, since: null };
  }
  const waiting = gates.find((gate) => gate.state === "waiting");
  if (waiting !== undefined) {
    return { tone: "busy", text: `${next} waits: ${waiting.name}: ${waiting.reason}`, since: null };
  }
  if (state !== "ready" || mode !== "manual") return { tone: "busy", text: `${next} is coming in`, since: null };
  return { tone: "quiet", text: `${next} may come in: 'drover promote ${environment}'`, since: null };
}

/** "fleet.yaml:7 environments[1]: Unknown field". */
export function placed({ message, position }: EnvironmentView["problems"][number]): string {
  if (position === undefined) return message;
  const line = position.line === undefined ? "" : `:${position.line}`;
  const path = position.path === undefined || position.path === "" ? "" : ` ${position.path}`;
  return `${position.file}${line}${path}: ${message}`;
}
