import { createKeyedLock } from "../../common/async/index.ts";
import type { Ack, Digest, Environment, Problem } from "../../common/domain/index.ts";
import { canonicalJson, selects } from "../../common/domain/index.ts";
import { toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import { decodeAssignmentHeader, encodeAssignmentHeader } from "../../common/wire/index.ts";
import { nextAssignment } from "../assign/index.ts";
import { type BlobTable, confirmedPrunes, type FleetState, type StoredOffer, suspensionOf } from "../desk/index.ts";
import type { Greeting, Guard, HubStore, Offer } from "../ports.ts";
import { clusterEntry, type ReleaseKey } from "../rollout/index.ts";
import { type ClusterEntry, clusterContent } from "./cluster-content.ts";
import type { EnvironmentContent } from "./environment-content.ts";

export interface AssignerDependencies {
  readonly state: FleetState;
  readonly store: HubStore;
  readonly blobs: BlobTable;
  readonly epoch: () => string;
  readonly sign: (header: Buffer) => Buffer;
  /** Under which the environment's offers may be written; "other": another hub does. */
  readonly guardOf: (environment: string) => Guard | "other" | undefined;
  /** The offers of this cluster changed. */
  readonly offered: (cluster: string) => void;
  readonly log: Logger;
}

/** Pins an environment's content to single clusters: generations, signatures, offers. */
export interface Assigner {
  /** Offers of the last run, before Git has been read. */
  restore(): Promise<void>;
  /** Contents of an environment by release, the newest last; undefined when the environment is no more. */
  setContents(environment: string, contents: ReadonlyMap<ReleaseKey, EnvironmentContent> | undefined): void;
  /** There is a content for what this cluster is to run, or nothing that it is to run. */
  canAssign(cluster: string, environment: string): boolean;
  /** Brings all offers of a cluster to what its labels and the environments' contents say. Idempotent. */
  assign(cluster: string): Promise<void>;
  /** Clusters that the environment selects or that still have an offer of it. */
  clustersOf(environment: string): readonly string[];
  /** The agent says what it holds: never offer a generation it has seen with other content. */
  catchUp(cluster: string, greeting: Greeting): Promise<void>;
  /** Says anew which deletions are confirmed, where that has changed. */
  reoffer(cluster: string): Promise<void>;
  acknowledge(cluster: string, ack: Ack): void;
}

export function createAssigner(dependencies: AssignerDependencies): Assigner {
  const { state, store, blobs, log } = dependencies;
  const stored = store.collection<StoredOffer>("offers");
  const contents = new Map<string, ReadonlyMap<ReleaseKey, EnvironmentContent>>();
  // Roots retained in the blob table, by cluster and environment: of the offer, and of the content that the agent is known
  // to hold while a newer one is offered (the base for sending only what changed).
  const retained = new Map<string, Digest>();
  const bases = new Map<string, Digest>();
  const lock = createKeyedLock<string>();

  const keyOf = (cluster: string, environment: string) => `${cluster}/${environment}`;
  const offersOf = (cluster: string) => {
    const offers = state.offers.get(cluster) ?? new Map<string, Offer>();
    state.offers.set(cluster, offers);
    return offers;
  };

  function release(roots: Map<string, Digest>, key: string): void {
    const root = roots.get(key);
    if (root === undefined) return;
    roots.delete(key);
    blobs.release(root);
  }

  function retain(key: string, root: Digest, contents: Contents): void {
    const before = retained.get(key);
    if (before === root) return;
    blobs.retain(root, contents());
    retained.set(key, root);
    if (before === undefined) return;
    if (bases.has(key)) blobs.release(before);
    else bases.set(key, before);
  }

  async function withdraw(cluster: string, environment: string): Promise<void> {
    await stored.delete(keyOf(cluster, environment));
    offersOf(cluster).delete(environment);
    release(retained, keyOf(cluster, environment));
    release(bases, keyOf(cluster, environment));
    log.info({ cluster, environment }, "cluster left the environment: its objects stay as they are");
    dependencies.offered(cluster);
  }

  /** False: another hub drives the environment. */
  async function save({ header, headerBytes, signature, release }: Offer): Promise<boolean> {
    const key = keyOf(header.cluster, header.environment);
    const guard = dependencies.guardOf(header.environment);
    const entry = { header: headerBytes.toString("base64"), signature: signature.toString("base64"), release };
    if (guard === "other") return false;
    if (guard !== undefined) return stored.writeIf(guard, [[key, entry]]);
    await stored.set(key, entry);
    return true;
  }

  /** The same content for the cluster, as part of another release: the agent need not know. */
  async function rename(offer: Offer, release: string): Promise<void> {
    const { cluster, environment } = offer.header;
    const renamed = { ...offer, release };
    if (!(await save(renamed))) return;
    offersOf(cluster).set(environment, renamed);
    state.announce({ kind: "environment", environment, cluster });
  }

  async function publish(header: Offer["header"], release: string | undefined, contents?: Contents): Promise<void> {
    const { cluster, environment } = header;
    const headerBytes = encodeAssignmentHeader(header);
    const offer: Offer = { header, headerBytes, signature: dependencies.sign(headerBytes), release };
    // Stored first: a generation that an agent has seen is never given to other content.
    if (!(await save(offer))) return;
    if (contents !== undefined) retain(keyOf(cluster, environment), header.digest, contents);
    offersOf(cluster).set(environment, offer);
    log.info(
      { cluster, environment, generation: header.generation, revision: header.revision },
      `assigned generation ${header.generation}`,
    );
    dependencies.offered(cluster);
    state.announce({ kind: "cluster", cluster });
    state.announce({ kind: "environment", environment, cluster });
  }

  async function assignContent(cluster: string, content: EnvironmentContent): Promise<void> {
    const environment = content.environment.name;
    const labels = state.clusters.get(cluster)?.labels ?? {};
    const { root, entries, contents } = await clusterContent(content, { name: cluster, labels });
    noteProblems(cluster, environment, entries);
    const offer = offersOf(cluster).get(environment);
    const previous = offer?.header;
    const isOther = previous?.digest !== root.digest || previous.revision !== content.revision;
    // It keeps what it has. In a rollout it does because it is told nothing else.
    const keeps = content.environment.rollout === undefined && suspensionOf(state, cluster, environment) !== undefined;
    if (isOther && keeps) return;
    const { generation } = nextAssignment(previous, undefined, { digest: root.digest, revision: content.revision });
    const header: Offer["header"] = {
      cluster,
      environment,
      epoch: dependencies.epoch(),
      generation,
      digest: root.digest,
      revision: content.revision,
      epochConfirmed: state.clusters.get(cluster)?.confirmedEpoch === dependencies.epoch(),
      confirmedPrunes: confirmedPrunes(state, cluster, environment),
    };
    if (previous !== undefined && canonicalJson(previous) === canonicalJson(header)) {
      // An offer that was restored from the store stands; only its content had to be made again.
      retain(keyOf(cluster, environment), root.digest, contents);
      if (offer !== undefined && offer.release !== content.release) await rename(offer, content.release);
      return;
    }
    await publish(header, content.release, contents);
  }

  function noteProblems(cluster: string, environment: string, entries: readonly ClusterEntry[]): void {
    const problems = state.clusterProblems.get(cluster) ?? new Map<string, Problem>();
    state.clusterProblems.set(cluster, problems);
    const prefix = `${environment}/`;
    for (const key of problems.keys()) if (key.startsWith(prefix)) problems.delete(key);
    for (const { entry, problem } of entries) if (problem !== undefined) problems.set(prefix + entry.name, problem);
  }

  /** Undefined: it is not known yet, and the cluster keeps what it has. */
  function contentFor(cluster: string, { name, rollout }: Environment): EnvironmentContent | undefined {
    const known = contents.get(name);
    if (rollout === undefined) {
      const offer = suspensionOf(state, cluster, name) && offersOf(cluster).get(name);
      const kept = offer && (offer.release ?? offer.header.revision);
      return kept === undefined ? [...(known?.values() ?? [])].at(-1) : known?.get(kept);
    }
    const release = toldRelease(cluster, name);
    return release === undefined ? undefined : known?.get(release);
  }

  function toldRelease(cluster: string, environment: string): ReleaseKey | undefined {
    const rollout = state.rollouts.get(environment);
    return rollout === undefined ? undefined : clusterEntry(rollout.clusters, cluster)?.assigned;
  }

  async function assignNow(cluster: string): Promise<void> {
    const record = state.clusters.get(cluster);
    const fleet = state.fleet;
    // Without a readable fleet nothing is known about membership: everything stays as it is.
    if (fleet === undefined) return;
    const member = fleet.environments.filter((each) => record !== undefined && selects(each.clusters, record.labels));
    for (const name of offersOf(cluster).keys()) {
      if (!member.some((each) => each.name === name)) await withdraw(cluster, name);
    }
    for (const environment of member) {
      const content = contentFor(cluster, environment);
      if (content !== undefined) await assignContent(cluster, content);
    }
    if (record === undefined) state.offers.delete(cluster);
  }

  return {
    async restore() {
      for (const [key, { header, signature, release }] of await stored.entries()) {
        try {
          const headerBytes = Buffer.from(header, "base64");
          const decoded = decodeAssignmentHeader(headerBytes);
          offersOf(decoded.cluster).set(decoded.environment, {
            header: decoded,
            headerBytes,
            signature: Buffer.from(signature, "base64"),
            release,
          });
        } catch (thrown) {
          log.error({ key, err: toAppError(thrown) }, "cannot read a stored offer: it is made again");
        }
      }
    },
    setContents(environment, known) {
      if (known === undefined) contents.delete(environment);
      else contents.set(environment, known);
    },
    canAssign(cluster, environment) {
      const release = toldRelease(cluster, environment);
      return release === undefined || contents.get(environment)?.has(release) === true;
    },
    assign: (cluster) => lock.run(cluster, () => assignNow(cluster)),
    clustersOf(environment) {
      const selector = state.fleet?.environments.find((each) => each.name === environment)?.clusters;
      const names = [...state.clusters.values()]
        .filter(
          ({ name, labels }) =>
            (selector !== undefined && selects(selector, labels)) || state.offers.get(name)?.has(environment) === true,
        )
        .map(({ name }) => name);
      return names.sort();
    },
    catchUp: (cluster, greeting) =>
      lock.run(cluster, async () => {
        for (const held of greeting.held) {
          const offer = offersOf(cluster).get(held.environment);
          if (offer === undefined) continue;
          const { generation } = nextAssignment(offer.header, held, offer.header);
          if (generation === offer.header.generation) continue;
          log.warn(
            { cluster, environment: held.environment, held: held.generation },
            "agent holds a generation unknown here",
          );
          await publish({ ...offer.header, generation }, offer.release);
        }
      }),
    reoffer: (cluster) =>
      lock.run(cluster, async () => {
        for (const [environment, { header, release }] of offersOf(cluster)) {
          const confirmed = confirmedPrunes(state, cluster, environment);
          if (canonicalJson(header.confirmedPrunes ?? []) === canonicalJson(confirmed)) continue;
          await publish({ ...header, confirmedPrunes: confirmed }, release);
        }
      }),
    acknowledge(cluster, ack) {
      const key = keyOf(cluster, ack.environment);
      if (ack.phase !== "rejected" && retained.get(key) === ack.digest) release(bases, key);
    },
  };
}

type Contents = () => Iterable<readonly [Digest, Buffer]>;
