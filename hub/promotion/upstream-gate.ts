import { failed, type Gate, passed, waiting } from "./gate.ts";

/** An environment that a change has to pass first, as its agents and the hub know it. Changes are ordinals along the trunk. */
export interface Stage {
  readonly environment: string;
  /** Newest change that was rendered for it; undefined: none yet. */
  readonly processed: number | undefined;
  /** Changes that alter its content and that it has not taken yet. */
  readonly pending: readonly number[];
  /** What it runs stands for every change from `changed` to `covers`: nothing in between alters its content. */
  readonly changed: number | undefined;
  readonly covers: number | undefined;
  readonly health: StageHealth;
  /** What a change passes before it: where it does not touch this environment, these decide. */
  readonly before: readonly Stage[];
}

export interface StageHealth {
  readonly isWell: boolean;
  /** "2 of 3 clusters are healthy, 3 needed"; also when it is well. */
  readonly reason: string;
}

/** What is to be promoted, for the environment it goes to. */
export interface Candidate {
  readonly change: number;
  /** Newest change with the same content there. */
  readonly sameAs: number;
  /** What that environment runs; undefined: nothing yet. */
  readonly running: number | undefined;
}

/**
 * May a change go on, as far as the environments right before it are concerned? Whatever is not known stands in the way, and each
 * of them must let it through. An environment that the change does not touch is looked through, when it is well.
 */
export function upstreamGate(candidate: Candidate, stages: readonly Stage[]): Gate {
  const reasons = new Map<string, string>();
  for (let open = stages; open.length > 0; ) {
    for (const stage of open) {
      const obstacle = obstacleOf(candidate, stage);
      if (obstacle !== undefined) return obstacle;
      reasons.set(stage.environment, `"${stage.environment}": ${stage.health.reason}`);
    }
    open = [...new Set(open.flatMap((stage) => (isUntouched(candidate, stage) ? stage.before : [])))];
  }
  return passed(name, [...reasons.values()].join("; ") || "Nothing comes before it");
}

const name = "upstream";

function obstacleOf({ change, sameAs, running }: Candidate, stage: Stage): Gate | undefined {
  const { environment, processed, pending, changed, covers, health } = stage;
  if (processed === undefined || processed < change) {
    return waiting(name, `It was not rendered for "${environment}" yet`);
  }
  if (covers === undefined || changed === undefined) return waiting(name, `"${environment}" runs nothing yet`);
  if (running !== undefined && covers < running) {
    return failed(name, `"${environment}" runs an older commit than the environment it is promoted to`);
  }
  if (pending.some((each) => each <= change)) {
    return waiting(name, `"${environment}" has not taken it, or a commit before it, yet`);
  }
  if (covers < change) return waiting(name, `"${environment}" does not run it yet`);
  if (sameAs < changed) {
    return failed(name, `"${environment}" runs a newer commit: this one alone was never seen there`);
  }
  return health.isWell ? undefined : waiting(name, `"${environment}": ${health.reason}`);
}

/** Nothing of what lies between what runs and the candidate changed this environment: its health proves nothing about it. */
function isUntouched({ running }: Candidate, { changed }: Stage): boolean {
  return running !== undefined && changed !== undefined && changed <= running;
}
