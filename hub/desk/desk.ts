import { randomUUID } from "node:crypto";
import type { Clock } from "../../common/async/index.ts";
import type { Ack, Digest } from "../../common/domain/index.ts";
import { parseReportKey } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { AgentDesk, ClusterRecord, Collection, Greeting, HubStore, Peer, ReportChange } from "../ports.ts";
import type { FleetChange } from "../surfaces.ts";
import type { BlobTable } from "./blob-table.ts";
import type { FleetState } from "./fleet-state.ts";
import { troubleIn } from "./trouble.ts";

export interface DeskDependencies {
  readonly state: FleetState;
  readonly store: HubStore;
  readonly blobs: BlobTable;
  readonly clock: Clock;
  readonly log: Logger;
  /** The agent holds something that the hub does not remember offering: offer again above that generation. */
  readonly catchUp: (cluster: string, greeting: Greeting) => Promise<void>;
  /** The agent has this content now. */
  readonly received: (cluster: string, ack: Ack) => void;
  /** A cluster said these things. */
  readonly reported: (cluster: string, changes: readonly ReportChange[]) => Promise<void>;
  readonly issueCertificate: (
    peer: Peer,
    csrPem: string,
  ) => Promise<{ readonly certificate: string; readonly ca: string }>;
}

/** Which report log the hub follows and how far; stored beside the statuses, in the same write. */
interface LogPosition {
  readonly log: string;
  readonly version: number;
}

const logPositionKey = "~log";

/** The hub's side of every stream: admission, offers, acknowledgements and reports. */
export async function createDesk(dependencies: DeskDependencies): Promise<AgentDesk> {
  const { state, store, blobs, clock, log } = dependencies;
  const clusters = store.collection<ClusterRecord>("clusters");
  const epoch = await loadEpoch(store);
  const positions = new Map<string, LogPosition>();
  // Keys of a full series of reports that is under way. Its position is stored only at its end: a cut series starts again.
  const series = new Map<string, Set<string>>();

  const statusesOf = (cluster: string): Collection<unknown> => store.collection(`status:${cluster}`);

  for (const [name, record] of await clusters.entries()) {
    state.clusters.set(name, record);
    const statuses = new Map(await statusesOf(name).entries());
    const position = statuses.get(logPositionKey) as LogPosition | undefined;
    statuses.delete(logPositionKey);
    if (position !== undefined) positions.set(name, position);
    state.statuses.set(name, statuses);
  }

  async function update(cluster: string, change: (record: ClusterRecord) => ClusterRecord): Promise<void> {
    const written = await clusters.update(cluster, (current) => (current === undefined ? undefined : change(current)));
    if (written !== undefined) state.clusters.set(cluster, written);
  }

  function mustBeAdmissible(peer: Peer): void {
    const record = state.clusters.get(peer.cluster);
    if (record === undefined) {
      throw new AppError(
        "PERMISSION_DENIED",
        `Cluster "${peer.cluster}" is not part of the fleet: join it again with 'drover cluster join ${peer.cluster}'`,
      );
    }
    if (record.revokedAt !== undefined && peer.issuedAt <= record.revokedAt) {
      throw new AppError(
        "PERMISSION_DENIED",
        `The certificate of cluster "${peer.cluster}" was revoked at ${record.revokedAt}: join it again with 'drover cluster join ${peer.cluster}'`,
      );
    }
    if (record.uid !== peer.clusterUid) {
      throw new AppError(
        "PERMISSION_DENIED",
        `Cluster "${peer.cluster}" is another cluster now (kube-system UID ${record.uid ?? "none"}, this agent's ${peer.clusterUid}): replace it with 'drover cluster join ${peer.cluster} --replace'`,
      );
    }
  }

  return {
    epoch,

    async admit(peer, greeting) {
      mustBeAdmissible(peer);
      if (!state.resolved && (state.offers.get(peer.cluster)?.size ?? 0) === 0) {
        throw new AppError(
          "UNAVAILABLE",
          "The hub has not read its repository yet: the agent carries on and comes back",
        );
      }
      await dependencies.catchUp(peer.cluster, greeting);
      const at = new Date(clock.now()).toISOString();
      await update(peer.cluster, (record) => ({
        ...record,
        agentVersion: greeting.agentVersion,
        kubernetesVersion: greeting.kubernetesVersion,
        lastSeen: at,
      }));
      state.connected.add(peer.cluster);
      state.lastSeen.set(peer.cluster, at);
      state.announce({ kind: "cluster", cluster: peer.cluster });
      const position = positions.get(peer.cluster);
      const reportVersion = position?.log === greeting.reportLog ? position.version : 0;
      if (reportVersion === 0) series.set(peer.cluster, new Set());
      else series.delete(peer.cluster);
      return { reportVersion };
    },

    offers: (cluster) => [...(state.offers.get(cluster)?.values() ?? [])],
    contentsOf: (root: Digest) => blobs.contentsOf(root),
    blob: (digest: Digest) => blobs.blob(digest),

    async acknowledge(cluster, ack: Ack) {
      dependencies.received(cluster, ack);
      const line = { cluster, environment: ack.environment, generation: ack.generation };
      if (ack.phase === "rejected") log.error({ ...line, reason: ack.reason }, "agent rejected an assignment");
      else log.info(line, `agent ${ack.phase} generation ${ack.generation}`);
    },

    async report(cluster, reportLog, version, changes, complete) {
      const statuses = state.statuses.get(cluster) ?? new Map<string, unknown>();
      const writes = new Map<string, unknown>();
      for (const { key, value } of changes) writes.set(key, value);
      const seen = series.get(cluster);
      for (const key of writes.keys()) seen?.add(key);
      // The end of a full series replaces what an earlier incarnation of the agent had said.
      if (complete && seen !== undefined)
        for (const key of statuses.keys()) if (!seen.has(key)) writes.set(key, undefined);
      const position = { log: reportLog, version };
      const follows = complete || seen === undefined;
      await statusesOf(cluster).write(follows ? [...writes, [logPositionKey, position]] : [...writes]);
      if (follows) {
        positions.set(cluster, position);
        series.delete(cluster);
      }
      for (const [key, value] of writes) {
        const trouble = troubleIn(key, statuses.get(key), value);
        if (trouble !== undefined) {
          const { environment, application, message } = trouble;
          log.warn({ cluster, environment, application }, message);
        }
        if (value === undefined) statuses.delete(key);
        else statuses.set(key, value);
        const change = changeOf(cluster, key);
        if (change !== undefined) state.announce(change);
      }
      state.statuses.set(cluster, statuses);
      await dependencies.reported(cluster, changes);
    },

    async rotate(peer, csrPem) {
      mustBeAdmissible(peer);
      return dependencies.issueCertificate(peer, csrPem);
    },

    seen(cluster) {
      state.lastSeen.set(cluster, new Date(clock.now()).toISOString());
    },

    disconnected(cluster) {
      state.connected.delete(cluster);
      state.announce({ kind: "cluster", cluster });
      const at = state.lastSeen.get(cluster);
      // Kept for after a restart; a lost write only makes "last seen" a little older.
      update(cluster, (record) => ({ ...record, lastSeen: at })).catch((thrown: unknown) =>
        log.warn({ cluster, err: thrown }, "cannot store when the cluster was last seen"),
      );
    },
  };
}

/** A hub that lost its state starts a new epoch; agents then prune nothing until told to trust it. */
async function loadEpoch(store: HubStore): Promise<string> {
  const hub = store.collection<string>("hub");
  const epoch = await hub.update("epoch", (current) => current ?? randomUUID());
  if (epoch === undefined) throw new AppError("INTERNAL", "The store lost the epoch while it was written");
  return epoch;
}

function changeOf(cluster: string, text: string): FleetChange | undefined {
  const key = parseReportKey(text);
  if (key === undefined) return undefined;
  if (key.kind === "environment") return { kind: "environment", environment: key.environment, cluster };
  return { kind: key.kind, environment: key.environment, cluster, application: key.application };
}
