import type { Clock } from "../../common/async/index.ts";
import {
  type ApplicationStatus,
  type BlockedPrune,
  type ConfirmedPrune,
  parseReportKey,
} from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import type { HubStore, ReportChange } from "../ports.ts";
import type { PruneChoice } from "../surfaces.ts";
import { keysOf } from "./application-keys.ts";
import type { FleetState, PruneConfirmation } from "./fleet-state.ts";

/** What people said yes to, until the agents have taken it up or it is about something else by now. */
export interface PruneConfirmations {
  load(): Promise<void>;
  /** All or nothing. FAILED_PRECONDITION when what would be deleted is not what was looked at. */
  confirm(environment: string, choices: readonly PruneChoice[], actor: string): Promise<void>;
  /** Drops what a cluster's report has made void: it was taken up, or the question is another one. */
  judge(cluster: string, changes: readonly ReportChange[]): Promise<void>;
}

export function createPruneConfirmations(dependencies: {
  readonly state: FleetState;
  readonly store: HubStore;
  readonly clock: Clock;
  /** Bring what a cluster is offered to what is confirmed now. */
  readonly reoffer: (cluster: string) => Promise<void>;
}): PruneConfirmations {
  const { state, store, clock, reoffer } = dependencies;
  const stored = store.collection<PruneConfirmation>("prune-confirmations");

  function remember(cluster: string, key: string, confirmation: PruneConfirmation | undefined): void {
    const ofCluster = state.pruneConfirmations.get(cluster) ?? new Map<string, PruneConfirmation>();
    if (confirmation === undefined) ofCluster.delete(key);
    else ofCluster.set(key, confirmation);
    if (ofCluster.size === 0) state.pruneConfirmations.delete(cluster);
    else state.pruneConfirmations.set(cluster, ofCluster);
  }

  function mustBeAsked(environment: string, { cluster, application, digest }: PruneChoice): void {
    const blocked = blockedIn(state, cluster, environment, application);
    const where = `application "${application}" of environment "${environment}" on cluster "${cluster}"`;
    if (blocked === null) throw new AppError("NOT_FOUND", `Nothing waits to be deleted of ${where}`);
    if (blocked.digest === digest) return;
    throw new AppError(
      "FAILED_PRECONDITION",
      `Cannot confirm: what would be deleted of ${where} has changed: look at it again with 'drover prune status ${environment}'`,
    );
  }

  return {
    async load() {
      for (const [text, confirmation] of await stored.entries()) {
        const slash = text.indexOf("/");
        remember(text.slice(0, slash), text.slice(slash + 1), confirmation);
      }
    },

    async confirm(environment, choices, actor) {
      if (!state.environments.has(environment)) {
        throw new AppError("NOT_FOUND", `No such environment: "${environment}"`);
      }
      for (const choice of choices) mustBeAsked(environment, choice);
      const at = new Date(clock.now()).toISOString();
      const made = choices.map(({ cluster, application, digest }) => {
        const confirmation: PruneConfirmation = { digest, actor, at };
        return { cluster, application, key: `${environment}/${application}`, confirmation };
      });
      // Stored first: what somebody was told is confirmed is never forgotten.
      await stored.write(made.map(({ cluster, key, confirmation }) => [`${cluster}/${key}`, confirmation] as const));
      for (const { cluster, application, key, confirmation } of made) {
        remember(cluster, key, confirmation);
        state.announce({ kind: "application", environment, cluster, application });
      }
      for (const cluster of new Set(choices.map((choice) => choice.cluster))) await reoffer(cluster);
    },

    async judge(cluster, changes) {
      const confirmations = state.pruneConfirmations.get(cluster);
      if (confirmations === undefined) return;
      const isVoid = ({ key: text, value }: ReportChange) => {
        const key = parseReportKey(text);
        if (key?.kind !== "application") return [];
        const found = `${key.environment}/${key.application}`;
        const digest = confirmations.get(found)?.digest;
        if (digest === undefined) return [];
        if (value === undefined) return [found];
        const { blockedPrune } = value as ApplicationStatus;
        // Absent: the agent has only started and has not looked yet.
        return blockedPrune === undefined || blockedPrune?.digest === digest ? [] : [found];
      };
      const voided = changes.flatMap(isVoid);
      if (voided.length === 0) return;
      await stored.write(voided.map((key) => [`${cluster}/${key}`, undefined] as const));
      for (const key of voided) remember(cluster, key, undefined);
      await reoffer(cluster);
    },
  };
}

/** What of an application waits for somebody's word, as the cluster reported it last. */
export function blockedIn(
  state: FleetState,
  cluster: string,
  environment: string,
  application: string,
): BlockedPrune | null {
  const { status } = keysOf(environment, application);
  const reported = state.statuses.get(cluster)?.get(status) as ApplicationStatus | undefined;
  return reported?.blockedPrune ?? null;
}

/** What is to be said to the agent: sorted, so that the same has the same bytes. */
export function confirmedPrunes(state: FleetState, cluster: string, environment: string): readonly ConfirmedPrune[] {
  const prefix = `${environment}/`;
  return [...(state.pruneConfirmations.get(cluster) ?? [])]
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, { digest }]) => ({ application: key.slice(prefix.length), digest }))
    .sort((a, b) => (a.application < b.application ? -1 : 1));
}
