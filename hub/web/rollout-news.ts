import type { RolloutView } from "../../common/domain/index.ts";
import { type Tone, tones } from "./tone.ts";
import { capital } from "./words.ts";

/** What people should hear of a rollout. */
export interface RolloutNews {
  readonly tone: Tone;
  readonly state: string;
  /** Why it stopped, or what it waits for; "" when there is nothing to say. */
  readonly text: string;
  readonly since: string | null;
}

export function rolloutNews(view: RolloutView): RolloutNews {
  const { state, message, since, kind } = view;
  const failed = view.waves.some((wave) => wave.clusters.failed > 0);
  const said = capital(message);
  const waits = message === "" ? "" : `Waits for ${message}`;
  switch (state) {
    case "idle":
      return { tone: "quiet", state: "Nothing rolled out yet", text: message, since };
    case "done":
      return { tone: "good", state: "Rolled out", text: message === "" ? "" : heldOrCatchingUp(message), since };
    case "blocked":
      return { tone: "bad", state: "Blocked", text: message, since };
    case "aborted":
      return { tone: "bad", state: "Aborted", text: said, since };
    case "reverting":
      return { tone: "bad", state: "Rolling back", text: waits, since };
    case "paused":
      return { tone: failed ? "bad" : "warn", state: failed ? "Failed" : "Paused", text: said, since };
    case "waiting":
    case "verifying":
    case "baking":
    case "updating": {
      const word = kind === "rollback" ? "Rolling back" : (wordOf[state] ?? state);
      return { tone: failed ? "bad" : "busy", state: failed ? "Failing" : word, text: waits, since };
    }
  }
}

const wordOf: Readonly<Record<string, string>> = {
  waiting: "Waiting",
  verifying: "Checking",
  baking: "Proving itself",
  updating: "Rolling out",
};

/** After its end a rollout speaks of a commit that is held back, or of clusters "to catch up". */
function heldOrCatchingUp(message: string): string {
  return message.endsWith("to catch up") ? `Waits for ${message}` : capital(message);
}

/** The kinds of clusters in a wave, in the order in which a bar shows them. */
export const waveParts = [
  { key: "healthy", tone: "good", word: "healthy" },
  { key: "updating", tone: "busy", word: "updating" },
  { key: "failed", tone: "bad", word: "failed" },
  { key: "debt", tone: "warn", word: "later" },
  { key: "waiting", tone: "quiet", word: "waiting" },
] as const satisfies readonly { key: string; tone: (typeof tones)[number]; word: string }[];

export type WaveView = RolloutView["waves"][number];

/** "3 of 10 healthy, 2 updating". */
export function waveText({ clusters }: WaveView): string {
  const others = waveParts
    .filter(({ key }) => key !== "healthy" && clusters[key] > 0)
    .map(({ key, word }) => `${clusters[key]} ${word}`);
  return [`${clusters.healthy} of ${clusters.total} healthy`, ...others].join(", ");
}
