import type { Clock } from "../../common/async/index.ts";
import { AppError, toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { AgentServer, ClusterRecord, HubStore } from "../ports.ts";
import type { EnrolRequest, EnrolResponse, FleetActions, JoinResult, PruneChoice } from "../surfaces.ts";
import type { FleetState } from "./fleet-state.ts";
import { isRevoked } from "./is-revoked.ts";
import type { Suspensions } from "./suspensions.ts";

export interface ActionsDependencies {
  readonly state: FleetState;
  readonly store: HubStore;
  readonly epoch: string;
  readonly agents: () => Pick<AgentServer, "disconnect" | "reconcileNow">;
  readonly issueToken: (
    cluster: string,
    options: { readonly replace: boolean },
  ) => Promise<Pick<JoinResult, "token" | "expiresAt" | "command">>;
  readonly enrol: (request: EnrolRequest) => Promise<EnrolResponse>;
  readonly confirmPrune: (environment: string, choices: readonly PruneChoice[], actor: string) => Promise<void>;
  readonly suspensions: Omit<Suspensions, "load">;
  readonly issuePersonToken: (name: string, actor: string) => Promise<string>;
  readonly revokePersonToken: (name: string, actor: string) => Promise<void>;
  readonly promote: FleetActions["promote"];
  readonly approve: FleetActions["approve"];
  readonly freeze: FleetActions["freeze"];
  readonly unfreeze: FleetActions["unfreeze"];
  readonly rollout: FleetActions["rollout"];
  readonly rollback: FleetActions["rollback"];
  /** Fetch soon. */
  readonly requestFetch: () => Promise<void>;
  /** Bring the offers of a cluster to what its labels say, soon. */
  readonly requestAssign: (cluster: string) => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
}

const labelKey = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;

/** Every mutation of the fleet that a person or script can ask for. */
export function createFleetActions(dependencies: ActionsDependencies): FleetActions {
  const { state, store, clock, log } = dependencies;
  const clusters = store.collection<ClusterRecord>("clusters");

  const audit = (actor: string, action: string, subject: Readonly<Record<string, unknown>>) =>
    log.info({ audit: true, actor, action, ...subject }, `${actor}: ${action}`);

  async function change(name: string, update: (record: ClusterRecord) => ClusterRecord): Promise<ClusterRecord> {
    const written = await clusters.update(name, (current) => (current === undefined ? undefined : update(current)));
    if (written === undefined) throw unknownCluster(name);
    state.clusters.set(name, written);
    state.announce({ kind: "cluster", cluster: name });
    return written;
  }

  return {
    async join(name, { labels, replace, actor }) {
      for (const [key, value] of Object.entries(labels)) checkLabel(key, value);
      const written = await clusters.update(name, (current) => {
        if (current?.uid !== undefined && !replace && !isRevoked(current)) {
          throw new AppError(
            "ALREADY_EXISTS",
            `Cluster "${name}" has joined already: say --replace if another cluster is to take its name`,
          );
        }
        return current === undefined
          ? newRecord(name, labels, clock.now())
          : { ...current, labels: { ...current.labels, ...labels } };
      });
      if (written === undefined) throw unknownCluster(name);
      state.clusters.set(name, written);
      const issued = await dependencies.issueToken(name, { replace });
      audit(actor, "join cluster", { cluster: name, labels: written.labels, replace });
      state.announce({ kind: "cluster", cluster: name });
      await dependencies.requestAssign(name);
      return { name, ...issued };
    },

    async revoke(name, { actor }) {
      await change(name, (record) => ({ ...record, revokedAt: new Date(clock.now()).toISOString() }));
      audit(actor, "revoke cluster", { cluster: name });
      dependencies.agents().disconnect(name, `The certificate of cluster "${name}" was revoked`);
    },

    async remove(name, { actor }) {
      if (!state.clusters.has(name)) throw unknownCluster(name);
      await clusters.delete(name);
      state.clusters.delete(name);
      audit(actor, "remove cluster", { cluster: name });
      dependencies
        .agents()
        .disconnect(name, `Cluster "${name}" was removed from the fleet: its objects stay as they are`);
      state.connected.delete(name);
      state.lastSeen.delete(name);
      state.statuses.delete(name);
      state.clusterProblems.delete(name);
      state.pruneConfirmations.delete(name);
      await dependencies.suspensions.forget(name);
      const statuses = store.collection(`status:${name}`);
      await statuses.write((await statuses.entries()).map(([key]) => [key, undefined] as const));
      await dependencies.requestAssign(name);
      state.announce({ kind: "cluster", cluster: name });
    },

    async label(name, labels, { actor }) {
      for (const [key, value] of Object.entries(labels)) checkLabel(key, value ?? "");
      await change(name, (record) => {
        const next: Record<string, string> = { ...record.labels };
        for (const [key, value] of Object.entries(labels)) {
          if (value === null) delete next[key];
          else next[key] = value;
        }
        return { ...record, labels: next };
      });
      audit(actor, "label cluster", { cluster: name, labels });
      await dependencies.requestAssign(name);
    },

    async trust(name, { actor }) {
      await change(name, (record) => ({ ...record, confirmedEpoch: dependencies.epoch }));
      audit(actor, "trust epoch", { cluster: name, epoch: dependencies.epoch });
      await dependencies.requestAssign(name);
    },

    promote: (environment, options) => dependencies.promote(environment, options),
    approve: (environment, options) => dependencies.approve(environment, options),
    freeze: (environment, options) => dependencies.freeze(environment, options),
    unfreeze: (environment, options) => dependencies.unfreeze(environment, options),
    rollout: (environment, action, options) => dependencies.rollout(environment, action, options),
    rollback: (environment, options) => dependencies.rollback(environment, options),

    async confirmPrune(environment, choices, { actor }) {
      await dependencies.confirmPrune(environment, choices, actor);
      audit(actor, "confirm prune", { environment, choices });
    },

    async createToken(name, { actor }) {
      const token = await dependencies.issuePersonToken(name, actor);
      audit(actor, "create token", { name });
      return { name, token };
    },
    async revokeToken(name, { actor }) {
      await dependencies.revokePersonToken(name, actor);
      audit(actor, "revoke token", { name });
    },

    async suspend(environment, { cluster, reason, actor }) {
      await dependencies.suspensions.suspend(environment, cluster, { by: actor, reason });
      audit(actor, "suspend", { environment, cluster, reason });
    },
    async resume(environment, { cluster, reason, actor }) {
      const resumed = await dependencies.suspensions.resume(environment, cluster);
      audit(actor, "resume", { environment, cluster, reason });
      for (const name of resumed) await dependencies.requestAssign(name);
    },

    async sync(environment, { cluster, actor }) {
      const selected = [...state.offers].filter(
        ([name, offers]) => offers.has(environment) && (cluster ?? name) === name,
      );
      if (!state.environments.has(environment))
        throw new AppError("NOT_FOUND", `No such environment: "${environment}"`);
      if (cluster !== undefined && selected.length === 0) {
        throw new AppError("NOT_FOUND", `Cluster "${cluster}" is not in environment "${environment}"`);
      }
      audit(actor, "sync", { environment, cluster });
      await dependencies.requestFetch();
      for (const [name] of selected) dependencies.agents().reconcileNow(name, environment);
    },

    fetchNow: () => dependencies.requestFetch(),

    async enrol(request) {
      const response = await dependencies.enrol(request).catch((thrown: unknown) => {
        const { clusterUid, agentVersion } = request;
        log.warn({ clusterUid, agentVersion, reason: toAppError(thrown).message }, "Refused an enrolment");
        throw thrown;
      });
      const enrolledAt = new Date(clock.now()).toISOString();
      await change(response.cluster, (record) => ({ ...record, enrolledAt }));
      return response;
    },
  };
}

function newRecord(name: string, labels: Readonly<Record<string, string>>, now: number): ClusterRecord {
  return {
    name,
    labels,
    uid: undefined,
    createdAt: new Date(now).toISOString(),
    enrolledAt: undefined,
    revokedAt: undefined,
    confirmedEpoch: undefined,
    agentVersion: "",
    kubernetesVersion: "",
    lastSeen: undefined,
  };
}

function checkLabel(key: string, value: string): void {
  if (!labelKey.test(key))
    throw new AppError(
      "INVALID_ARGUMENT",
      `Label "${key}" is not a label name: expected letters, digits, '-', '_' and '.', with an optional prefix/`,
    );
  if (!labelValue.test(value) || value.length > 63) {
    throw new AppError(
      "INVALID_ARGUMENT",
      `Label ${key}="${value}" is not a label value: expected at most 63 letters, digits, '-', '_' and '.'`,
    );
  }
}

function unknownCluster(name: string): AppError {
  return new AppError("NOT_FOUND", `No such cluster: "${name}"`);
}
