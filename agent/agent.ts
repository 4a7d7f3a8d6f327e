import { createKeyedLock, systemClock } from "../common/async/index.ts";
import { type Ack, type HeldGeneration, type Question, questionKinds } from "../common/domain/index.ts";
import { AppError, isAway, toAppError } from "../common/errors.ts";
import type { Logger } from "../common/telemetry/index.ts";
import { version } from "../common/version.ts";
import { type AgentConfig, secretScheme } from "./config.ts";
import { desiredEnvironment } from "./desired.ts";
import { createIdentityKeeper, enrol } from "./identity/index.ts";
import { createIdleMemory } from "./idle-memory.ts";
import type { Inspector } from "./inspect/index.ts";
import { createKubeClient } from "./kube/index.ts";
import type { DesiredEnvironment, KubeClient } from "./ports.ts";
import { createReconciler } from "./reconcile/index.ts";
import { createReportLog } from "./report/index.ts";
import { createAgentStore, createSecretStore } from "./store/index.ts";
import { createHubConnection, type HeldAssignment } from "./stream/index.ts";

const readAgainMs = 5_000;

export interface Agent {
  readonly cluster: string;
  close(): Promise<void>;
}

/** The agent in the order in which data flows: stream → reconcile (plan, apply, observe) → report → stream. */
export async function createAgent(
  config: AgentConfig,
  log: Logger,
  options: { readonly signal: AbortSignal },
): Promise<Agent> {
  const { signal } = options;
  const clock = systemClock;
  const random = Math.random;
  const isInSecrets = config.data.startsWith(secretScheme);
  const directory = isInSecrets ? undefined : await createAgentStore(config.data);
  const kube = await createKubeClient({
    kubeconfig: config.kubeconfig,
    context: config.context,
    log,
    userAgent: `drover-agent/${version}`,
  });
  const { uid, kubernetesVersion } = await reachCluster(kube, log, signal);
  const store = directory ?? (await createSecretStore(kube, config.data.slice(secretScheme.length)));
  const identity = await enrol({
    token: config.token,
    clusterUid: uid,
    agentVersion: version,
    store,
    clock,
    random,
    log,
    signal,
  });

  const reports = await createReportLog({ store, clock, log });
  const reconciler = createReconciler({ kube, sink: reports, log, clock, random });
  const applied = new Map<string, Ack>();
  const held = new Map<string, HeldAssignment>();
  const order = createKeyedLock<string>();
  const memory = createIdleMemory(clock, signal);

  async function assign(next: HeldAssignment): Promise<void> {
    const { environment, generation, digest } = next.assignment.header;
    try {
      const desired = await desiredEnvironment(store, next);
      if (held.get(environment) !== next) return;
      reconciler.assign(desired);
      inspector?.assigned(environment);
    } catch (thrown) {
      const error = toAppError(thrown, "Cannot read the assignment");
      if (isAway(error)) return readAgain(next, error);
      log.error({ environment, generation, reason: error.message }, "Fetching the assignment's contents again");
      connection.ack({ environment, generation, digest, phase: "rejected", reason: error.message });
      connection.repair();
    }
  }

  /** What is in the cluster cannot be read while its API server is away. */
  async function readAgain(next: HeldAssignment, error: AppError): Promise<void> {
    const { environment } = next.assignment.header;
    log.warn({ environment, reason: error.message }, "The assignment cannot be read now: trying again");
    await clock.sleep(readAgainMs, { signal }).catch(() => undefined);
    if (!signal.aborted && held.get(environment) === next) await assign(next);
  }

  /** Rarely asked, so loaded late. */
  let inspector: Inspector | undefined;
  async function* answer(question: Question, options: { readonly signal: AbortSignal }): AsyncGenerator {
    if (question.kind === "job") {
      const { runJob } = await import("./jobs/index.ts");
      const allowed = { jobsAllowed: config.gateJobs === "on", logsAllowed: config.logs === "on" };
      yield* runJob({ kube, identity: () => keeper.current(), log, ...allowed }, question, options);
      memory.worked();
      return;
    }
    const { createInspector } = await import("./inspect/index.ts");
    inspector ??= createInspector({ kube, reconciler, desired: desiredWith, logsAllowed: config.logs === "on", clock });
    yield* inspector.answer(question, options);
    memory.worked();
  }

  /** What is held, with other content. */
  async function desiredWith(environment: string, root: string): Promise<DesiredEnvironment> {
    const now = held.get(environment);
    if (now === undefined) {
      throw new AppError("NOT_FOUND", `Nothing of environment "${environment}" is assigned to this cluster yet`);
    }
    const { header } = now.assignment;
    return desiredEnvironment(store, {
      ...now,
      assignment: { ...now.assignment, header: { ...header, digest: root } },
    });
  }

  const keeper = createIdentityKeeper({ identity, store, random });
  const connection = createHubConnection({
    address: config.hub ?? identity.hub,
    agentVersion: version,
    capabilities: questionKinds,
    identity: keeper,
    store,
    source: {
      held: () => [...held.values()].map(({ assignment }) => heldGeneration(assignment.header, applied)),
      kubernetesVersion: () => kubernetesVersion,
    },
    reports,
    handlers: {
      onAssignment(next) {
        const { environment } = next.assignment.header;
        held.set(environment, next);
        void order.run(environment, () => assign(next));
      },
      onReleased(environment) {
        held.delete(environment);
        applied.delete(environment);
        void order.run(environment, () => reconciler.release(environment)).catch(logged("release an environment"));
      },
      onReconcileNow(environment) {
        reconciler.reconcileNow(environment === "" ? undefined : environment).catch(logged("reconcile on request"));
      },
      answer,
    },
    clock,
    random,
    log,
  });
  reports.onAck((ack) => {
    if (ack.phase === "applied" || ack.phase === "healthy") applied.set(ack.environment, ack);
    connection.ack(ack);
    memory.worked();
  });

  function logged(doing: string) {
    return (thrown: unknown) => log.error({ reason: toAppError(thrown).message }, `Cannot ${doing}`);
  }

  reconciler.start({ signal });
  const running = connection.run({ signal });
  return {
    cluster: identity.cluster,
    async close() {
      await running;
      await reconciler.close();
      await reports.close();
      await store.close();
      await kube.close();
    },
  };
}

function heldGeneration(
  header: HeldAssignment["assignment"]["header"],
  applied: ReadonlyMap<string, Ack>,
): HeldGeneration {
  const { environment, generation, digest } = header;
  return { environment, generation, digest, appliedGeneration: applied.get(environment)?.generation ?? 0 };
}

/** The agent may start before its cluster answers. */
async function reachCluster(
  kube: KubeClient,
  log: Logger,
  signal: AbortSignal,
): Promise<{ readonly uid: string; readonly kubernetesVersion: string }> {
  for (;;) {
    try {
      const kubernetesVersion = await kube.version({ signal });
      const namespaces = await kube.kindOf("v1", "Namespace", { signal });
      const system = await kube.get(namespaces, "", "kube-system", { signal });
      if (system === undefined)
        throw new AppError(
          "FAILED_PRECONDITION",
          "The cluster has no kube-system namespace: its UID is the cluster's identity",
        );
      return { uid: system.metadata.uid, kubernetesVersion };
    } catch (thrown) {
      const error = toAppError(thrown, "Cannot reach the cluster");
      if (!error.retryable || signal.aborted) throw error;
      log.warn({ reason: error.message }, "The cluster does not answer yet");
      await systemClock.sleep(error.retryAfterMs ?? 2_000, { signal });
    }
  }
}
