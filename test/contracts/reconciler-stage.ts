import { createKubeClient } from "../../agent/kube/index.ts";
import type { DesiredEnvironment, KubeClient, StatusSink } from "../../agent/ports.ts";
import { createReconciler, type Reconciler } from "../../agent/reconcile/index.ts";
import type { Clock } from "../../common/async/index.ts";
import {
  type Ack,
  type ApplicationBody,
  type ApplicationPolicy,
  type ApplicationStatus,
  canonicalJson,
  type DeleteBudget,
  type Digest,
  type DriftRecord,
  defaultPolicy,
  digestOf,
  type EnvironmentStatus,
  type Manifest,
  type ObjectRef,
  type ObjectStatus,
  objectPolicyOf,
  parseSyncOrder,
  refKey,
  refOf,
} from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import { silentLogger } from "../../common/telemetry/index.ts";
import { type ClusterHandle, uniqueName } from "./kube-cluster.ts";

export interface WantedApplication {
  readonly objects: readonly Manifest[];
  readonly dependsOn?: readonly string[];
  readonly policy?: Partial<ApplicationPolicy>;
}

export interface Wanted {
  readonly generation?: number;
  readonly applications: Readonly<Record<string, WantedApplication>>;
  readonly held?: DesiredEnvironment["held"];
  readonly absenceIsTrusted?: boolean;
  /** Application → digest of the deletes that somebody said yes to. */
  readonly confirmed?: Readonly<Record<string, Digest>>;
  readonly maxDeletes?: DeleteBudget;
  readonly source?: string;
}

/** A desired environment made of manifests, as the stream would hand it over. */
export function desiredEnvironment(environment: string, wanted: Wanted): DesiredEnvironment {
  const contents = new Map<Digest, Manifest>();
  const applications = Object.entries(wanted.applications).map(([name, application]): ApplicationBody => {
    const objects = application.objects.map((manifest) => {
      const digest = digestOf(canonicalJson(manifest));
      contents.set(digest, manifest);
      const said = objectPolicyOf(manifest);
      const { wave, hook } = parseSyncOrder(manifest.metadata.annotations ?? {}).order;
      return {
        apiVersion: manifest.apiVersion,
        ref: refOf(manifest),
        digest,
        source: wanted.source ?? "",
        ...(said === undefined ? {} : { policy: said }),
        ...(wave === 0 ? {} : { wave }),
        ...(hook === undefined ? {} : { hook }),
      };
    });
    const policy = { ...defaultPolicy, ...application.policy };
    return { name, revision: "abc", objects, policy, dependsOn: application.dependsOn ?? [] };
  });
  const body = {
    applications: applications.map((content) => ({ name: content.name, digest: digestOf(canonicalJson(content)) })),
    ...(wanted.maxDeletes === undefined ? {} : { maxDeletes: wanted.maxDeletes }),
  };
  return {
    header: {
      cluster: "test",
      environment,
      epoch: "1",
      generation: wanted.generation ?? 1,
      digest: digestOf(canonicalJson(body)),
      revision: "abc",
      epochConfirmed: wanted.absenceIsTrusted ?? true,
      confirmedPrunes: Object.entries(wanted.confirmed ?? {}).map(([application, confirmed]) => ({
        application,
        digest: confirmed,
      })),
    },
    body,
    applications,
    held: wanted.held ?? [],
    absenceIsTrusted: wanted.absenceIsTrusted ?? true,
    async manifest(digest) {
      const manifest = contents.get(digest);
      if (manifest === undefined) throw new AppError("NOT_FOUND", `No content ${digest}`);
      return manifest;
    },
  };
}

/** Newest value of everything that was reported; everything that was acknowledged. */
export interface Reported {
  readonly sink: StatusSink;
  readonly acks: Ack[];
  environment(): EnvironmentStatus | undefined;
  application(name: string): ApplicationStatus | undefined;
  object(manifest: Manifest): ObjectStatus | undefined;
  drift(manifest: Manifest): DriftRecord | undefined;
  /** "applied 1", "healthy 1", … */
  phases(): readonly string[];
}

function createReported(): Reported {
  const environments = new Map<string, EnvironmentStatus | undefined>();
  const applications = new Map<string, ApplicationStatus | undefined>();
  const objects = new Map<string, ObjectStatus | undefined>();
  const drifts = new Map<string, DriftRecord | undefined>();
  const acks: Ack[] = [];
  const idOf = (_environment: string, _application: string, ref: ObjectRef) => refKey(ref);
  return {
    sink: {
      environment: (name, status) => void environments.set(name, status),
      application: (_environment, name, status) => void applications.set(name, status),
      object: (environment, application, ref, status) => void objects.set(idOf(environment, application, ref), status),
      drift: (environment, application, ref, record) => void drifts.set(idOf(environment, application, ref), record),
      ack: (ack) => void acks.push(ack),
    },
    acks,
    environment: () => [...environments.values()][0],
    application: (name) => applications.get(name),
    object: (manifest) => objects.get(refKey(refOf(manifest))),
    drift: (manifest) => drifts.get(refKey(refOf(manifest))),
    phases: () => acks.map(({ phase, generation }) => `${phase} ${generation}`),
  };
}

/** One agent's engine in one environment of its own. */
export interface Engine {
  readonly environment: string;
  readonly reconciler: Reconciler;
  readonly reported: Reported;
  readonly kube: KubeClient;
  assign(wanted: Wanted): Promise<void>;
  /** Requests since the last call, by verb. */
  requests(): Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

export interface EngineOptions {
  readonly environment?: string;
  /** Another way to the cluster, such as a proxy. */
  readonly kubeconfig?: string;
  readonly clock?: Clock;
  /** How long an answer may take, and a watch be silent. */
  readonly timeoutMs?: number;
  readonly watchIdleMs?: number;
  readonly wrap?: (kube: KubeClient) => KubeClient;
}

export interface ReconcilerStage {
  readonly cluster: ClusterHandle;
  start(options?: EngineOptions): Promise<Engine>;
  stopAll(): Promise<void>;
}

export function createStage(cluster: ClusterHandle): ReconcilerStage {
  const engines = new Set<Engine>();
  return {
    cluster,
    async start(options: EngineOptions = {}) {
      const {
        environment = uniqueName("env"),
        kubeconfig = cluster.kubeconfig,
        clock,
        timeoutMs,
        watchIdleMs,
        wrap = (kube) => kube,
      } = options;
      const real = await createKubeClient({
        kubeconfig,
        timeoutMs,
        watchIdleMs,
        log: silentLogger(),
        userAgent: "drover-test",
      });
      const kube = wrap(real);
      const reported = createReported();
      const life = new AbortController();
      const reconciler = createReconciler({
        kube,
        sink: reported.sink,
        log: silentLogger(),
        random: () => 0,
        ...(clock === undefined ? {} : { clock }),
      });
      reconciler.start({ signal: life.signal });
      let before = kube.requests();
      const engine: Engine = {
        environment,
        reconciler,
        reported,
        kube,
        async assign(wanted) {
          reconciler.assign(desiredEnvironment(environment, wanted));
          await reconciler.idle();
        },
        requests() {
          const now = kube.requests();
          const grown = Object.entries(now).map(([verb, count]) => [verb, count - (before[verb] ?? 0)] as const);
          before = { ...now };
          return Object.fromEntries(grown.filter(([, count]) => count > 0));
        },
        async stop() {
          engines.delete(engine);
          await reconciler.close();
          await real.close();
        },
      };
      engines.add(engine);
      return engine;
    },
    async stopAll() {
      await Promise.all([...engines].map((engine) => engine.stop()));
    },
  };
}
