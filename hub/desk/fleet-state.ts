import type { Digest, Environment, Fleet, Freeze, Problem } from "../../common/domain/index.ts";
import type { ClusterRecord, Offer, Revision } from "../ports.ts";
import type { RolloutState } from "../rollout/index.ts";
import type { FleetChange } from "../surfaces.ts";

/** What one application of an environment is to be, as far as all clusters have in common. */
export interface ApplicationState {
  readonly name: string;
  /** Commit its running content comes from; undefined while it never could be produced. */
  readonly revision: Revision | undefined;
  readonly problems: readonly Problem[];
}

export interface EnvironmentState {
  readonly environment: Environment;
  /** Commit that its clusters are to run; undefined while none could be resolved. */
  readonly revision: Revision | undefined;
  /** The revision with its settings, as clusters are told it. */
  readonly release?: string | undefined;
  /** Newest commit that may be promoted into it; undefined when there is none. */
  readonly pending: Revision | undefined;
  readonly applications: ReadonlyMap<string, ApplicationState>;
  readonly problems: readonly Problem[];
}

/**
 * The hub's memory: what Git says, which clusters there are, what they are offered and what they reported. Everything here is
 * derived or stored elsewhere; it is filled at start and lost with the process.
 */
export interface FleetState {
  fleet: Fleet | undefined;
  /** Problems of fleet.yaml and of reaching the repository. */
  problems: readonly Problem[];
  /** The first resolve has ended, well or badly. */
  resolved: boolean;
  readonly environments: Map<string, EnvironmentState>;
  readonly clusters: Map<string, ClusterRecord>;
  /** By cluster, then environment. */
  readonly offers: Map<string, Map<string, Offer>>;
  /** Problems of one application on one cluster: by cluster, then "environment/application". */
  readonly clusterProblems: Map<string, Map<string, Problem>>;
  /** By cluster, then report key. */
  readonly statuses: Map<string, Map<string, unknown>>;
  /** Deletions that somebody said yes to: by cluster, then "environment/application". */
  readonly pruneConfirmations: Map<string, Map<string, PruneConfirmation>>;
  /** By environment, then cluster; "*" is for all of them. */
  readonly suspensions: Map<string, Map<string, Suspension>>;
  /** By environment: as stored last. Environments without a rollout have none. */
  readonly rollouts: Map<string, RolloutState>;
  /** By environment: what is wrong with where its branch is. */
  readonly branchProblems: Map<string, readonly Problem[]>;
  /** As stored last; some may be over. */
  freezes: readonly Freeze[];
  readonly connected: Set<string>;
  /** Cluster → ISO time, newer than the record's: heartbeats are not stored. */
  readonly lastSeen: Map<string, string>;
  announce(change: FleetChange): void;
  subscribe(listener: (change: FleetChange) => void): () => void;
}

export function createFleetState(): FleetState {
  const listeners = new Set<(change: FleetChange) => void>();
  return {
    fleet: undefined,
    problems: [],
    resolved: false,
    environments: new Map(),
    clusters: new Map(),
    offers: new Map(),
    clusterProblems: new Map(),
    statuses: new Map(),
    pruneConfirmations: new Map(),
    suspensions: new Map(),
    rollouts: new Map(),
    branchProblems: new Map(),
    freezes: [],
    connected: new Set(),
    lastSeen: new Map(),
    announce(change) {
      for (const listener of listeners) listener(change);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

export interface PruneConfirmation {
  /** Of what was confirmed. */
  readonly digest: Digest;
  readonly actor: string;
  /** ISO 8601. */
  readonly at: string;
}

/** A cluster keeps what it has of an environment until somebody lifts it. */
export interface Suspension {
  readonly by: string;
  readonly reason: string;
  /** ISO 8601. */
  readonly since: string;
}

/** What the store keeps of an offer, so that a restarted hub offers the same bytes before it has read Git. */
export interface StoredOffer {
  readonly header: string;
  readonly signature: string;
  readonly release?: string | undefined;
}
