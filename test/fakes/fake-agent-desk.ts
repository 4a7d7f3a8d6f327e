import {
  type Ack,
  type AssignmentHeader,
  canonicalJson,
  type Digest,
  defaultPolicy,
  digestOf,
  type Manifest,
} from "../../common/domain/index.ts";
import type { AppError } from "../../common/errors.ts";
import {
  type EncodedBlob,
  encodeApplicationBody,
  encodeAssignmentBody,
  encodeAssignmentHeader,
  encodeBlob,
} from "../../common/wire/index.ts";
import type { AgentDesk, Greeting, Offer, Peer, ReportChange } from "../../hub/ports.ts";

export interface FakeApplication {
  readonly name: string;
  readonly objects: readonly Manifest[];
}

/** The hub behind the stream, in memory: says what is desired and remembers what it was told. */
export interface FakeAgentDesk extends AgentDesk {
  epoch: string;
  /** Set to refuse everybody, from the next Hello on. */
  refusal: AppError | undefined;
  readonly admitted: { readonly peer: Peer; readonly greeting: Greeting }[];
  readonly acks: (Ack & { readonly cluster: string })[];
  readonly reports: {
    readonly cluster: string;
    readonly version: number;
    readonly changes: readonly ReportChange[];
    readonly complete: boolean;
  }[];
  readonly reported: Map<string, number>;
  readonly gone: string[];
  readonly blobs: Map<Digest, EncodedBlob>;
  readonly contents: Map<Digest, readonly Digest[]>;
  /** Digests the stream looked up, in order. */
  readonly lookups: Digest[];
  /** Stores the content and gives back its root. */
  publish(applications: readonly FakeApplication[], held?: readonly { name: string; heldReason: string }[]): Digest;
  /** Makes this the cluster's desired state of an environment. */
  offer(header: Partial<AssignmentHeader> & Pick<AssignmentHeader, "cluster" | "digest">): Offer;
  withdraw(cluster: string, environment: string): void;
}

export function createFakeAgentDesk(options: {
  readonly sign: (header: Uint8Array) => Buffer;
  readonly issue: (peer: Peer, csr: string) => Promise<{ readonly certificate: string; readonly ca: string }>;
}): FakeAgentDesk {
  const offers = new Map<string, Map<string, Offer>>();
  const generations = new Map<string, number>();

  const desk: FakeAgentDesk = {
    epoch: "epoch-1",
    refusal: undefined,
    admitted: [],
    acks: [],
    reports: [],
    reported: new Map(),
    gone: [],
    blobs: new Map(),
    contents: new Map(),
    lookups: [],

    async admit(peer, greeting) {
      if (desk.refusal !== undefined) throw desk.refusal;
      desk.admitted.push({ peer, greeting });
      return { reportVersion: desk.reported.get(`${peer.cluster} ${greeting.reportLog}`) ?? 0 };
    },
    offers: (cluster) => [...(offers.get(cluster)?.values() ?? [])],
    contentsOf: (root) => desk.contents.get(root),
    blob(digest) {
      desk.lookups.push(digest);
      return desk.blobs.get(digest);
    },
    async acknowledge(cluster, ack) {
      desk.acks.push({ cluster, ...ack });
    },
    async report(cluster, log, version, changes, complete) {
      desk.reports.push({ cluster, version, changes, complete });
      desk.reported.set(`${cluster} ${log}`, version);
    },
    rotate: (peer, csr) => options.issue(peer, csr),
    seen: () => undefined,
    disconnected: (cluster) => void desk.gone.push(cluster),

    publish(applications, held = []) {
      const digests: Digest[] = [];
      const save = (content: Buffer): Digest => {
        const digest = digestOf(content);
        desk.blobs.set(digest, encodeBlob(content));
        digests.push(digest);
        return digest;
      };
      const entries = applications.map(({ name, objects }) => {
        const assigned = objects.map((object) => ({
          apiVersion: object.apiVersion,
          ref: { group: "", kind: object.kind, namespace: object.metadata.namespace ?? "", name: object.metadata.name },
          digest: save(Buffer.from(canonicalJson(object))),
          source: "",
        }));
        const body = { name, revision: "r", objects: assigned, policy: defaultPolicy, dependsOn: [] };
        return { name, digest: save(encodeApplicationBody(body)) };
      });
      const root = save(encodeAssignmentBody({ applications: [...entries, ...held] }));
      // Root first, then bodies, then objects.
      desk.contents.set(root, [...new Set(digests.reverse())]);
      return root;
    },
    offer(given) {
      const { cluster, environment = "prod" } = given;
      const key = `${cluster} ${environment}`;
      const generation = given.generation ?? (generations.get(key) ?? 0) + 1;
      generations.set(key, generation);
      const header: AssignmentHeader = {
        environment,
        epoch: desk.epoch,
        revision: "0".repeat(40),
        epochConfirmed: false,
        ...given,
        generation,
      };
      const headerBytes = encodeAssignmentHeader(header);
      const offer = { header, headerBytes, signature: options.sign(headerBytes) };
      const mine = offers.get(cluster) ?? new Map<string, Offer>();
      offers.set(cluster, mine.set(environment, offer));
      return offer;
    },
    withdraw: (cluster, environment) => void offers.get(cluster)?.delete(environment),
  };
  return desk;
}
