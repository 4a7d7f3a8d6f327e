import pLimit from "p-limit";
import { backoffMs, type Clock } from "../../common/async/index.ts";
import type { GatePolicy, JobOrder, JobQuestion, JobReport, Manifest } from "../../common/domain/index.ts";
import { isAway, toAppError } from "../../common/errors.ts";
import { type GateJob, joinPath, parseGateJob } from "../../common/schema/index.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import { encodeJobOrder, signedJobOrder } from "../../common/wire/index.ts";
import type { AgentServer, Cancellable, GitSource } from "../ports.ts";
import { failed, type GateCheck, type GateOptions, type GateRequest, type GateVerdict, passed } from "./gate-check.ts";
import { jobManifest } from "./job-manifest.ts";

export interface JobGateDependencies {
  readonly git: Pick<GitSource, "tree" | "blobs">;
  readonly agents: () => Pick<AgentServer, "ask">;
  /** By the key that agents know. */
  readonly sign: (bytes: Buffer) => Buffer;
  /** Aborted when the hub stops: Jobs go on, and are asked about again after its start. */
  readonly stopping: AbortSignal;
  readonly clock: Clock;
  readonly log: Logger;
}

const atOnce = 32;
const mostNamed = 3;
/** An agent that is away may come back while the gate has time. */
const again = { firstMs: 500, maxMs: 10_000 };
const stopMs = 10_000;

type JobGateRequest = GateRequest<Extract<GatePolicy, { type: "job" }>>;

/** Runs the Job in each cluster, through its agent, and passes when all have succeeded. */
export function createJobGate(dependencies: JobGateDependencies): GateCheck<"job"> {
  const { git, agents, sign, stopping, clock, log } = dependencies;

  async function read({ gate, revision }: JobGateRequest, options: Cancellable): Promise<GateJob | GateVerdict> {
    const path = joinPath("", gate.manifest);
    const entry =
      path === undefined ? undefined : (await git.tree(revision, "", options)).find((each) => each.path === path);
    if (entry === undefined || (entry.mode !== "file" && entry.mode !== "executable")) {
      return failed(`missing file "${gate.manifest}": expected a Job at ${revision.slice(0, 8)}`);
    }
    const [blob] = await git.blobs([entry.oid], options);
    const { job, problems } = parseGateJob(blob?.toString("utf8") ?? "", entry.path);
    if (job === undefined) {
      const [{ message, position } = { message: "not a Job", position: undefined }] = problems;
      return failed(`${position?.file ?? entry.path}:${position?.line ?? 1}: ${message}`);
    }
    const { namespace = gate.namespace } = job.metadata;
    if (namespace === gate.namespace) return job;
    return failed(`${entry.path}: namespace "${namespace}", but the gate says "${gate.namespace}"`);
  }

  function question(order: JobOrder): JobQuestion {
    const bytes = encodeJobOrder(order);
    return { kind: "job", order: bytes, signature: sign(signedJobOrder(bytes)) };
  }

  /** Until it has ended; an agent that goes away is waited for. */
  async function follow(order: JobOrder, { signal, progress }: GateOptions): Promise<JobReport> {
    for (let attempt = 1; ; attempt++) {
      try {
        for await (const value of agents().ask(order.cluster, question(order), { signal })) {
          const report = value as JobReport;
          if (report.state !== "running") return report;
          progress?.(`${order.cluster}: ${report.message}`);
          attempt = 1;
        }
      } catch (thrown) {
        signal?.throwIfAborted();
        const error = toAppError(thrown);
        if (!isAway(error)) return { state: "failed", message: error.message, log: [] };
        progress?.(`waits for ${order.cluster}: ${error.message}`);
      }
      await clock.sleep(backoffMs(attempt, Math.random(), again), { signal });
    }
  }

  /** Whoever does not wait any more ends what runs. A hub that cannot is no danger: Kubernetes ends it in time. */
  async function stop(order: JobOrder): Promise<void> {
    try {
      const signal = AbortSignal.any([stopping, AbortSignal.timeout(stopMs)]);
      for await (const _ of agents().ask(order.cluster, question({ ...order, stop: true }), { signal })) return;
    } catch (thrown) {
      log.info(
        { cluster: order.cluster, err: toAppError(thrown) },
        "cannot stop a gate's Job: it ends by its deadline",
      );
    }
  }

  return async (request, options) => {
    const { id, environment, name, gate, revision } = request;
    const clusters = gate.cluster === undefined ? request.clusters : [gate.cluster];
    if (clusters.length === 0) return passed("no clusters to run the Job in");
    const job = await read(request, options);
    if ("verdict" in job) return job;
    const limit = pLimit(atOnce);
    const { namespace, timeoutMs } = gate;
    const reports = await Promise.all(
      clusters.map((cluster) =>
        limit(async () => {
          const manifest: Manifest = jobManifest(job, {
            id,
            environment,
            name,
            cluster,
            namespace,
            revision,
            timeoutMs,
          });
          const order = { cluster, environment, job: manifest, stop: false };
          try {
            return { cluster, ...(await follow(order, options)) };
          } catch (thrown) {
            if (!stopping.aborted) void stop(order);
            throw thrown;
          }
        }),
      ),
    );
    return verdictOf(gate.manifest, reports);
  };
}

function verdictOf(manifest: string, reports: readonly (JobReport & { readonly cluster: string })[]): GateVerdict {
  const bad = reports.filter(({ state }) => state !== "succeeded");
  const where = reports.length === 1 ? `on ${reports[0]?.cluster}` : `on ${reports.length} clusters`;
  if (bad.length === 0) return passed(`Job ${manifest} succeeded ${where}`);
  const said = bad.slice(0, mostNamed).map(({ cluster, message, log }) => {
    const last = log.length === 0 ? "" : `; it said: ${log.join(" | ")}`;
    return `${cluster}: ${message}${last}`;
  });
  const rest = bad.length > mostNamed ? `, and ${bad.length - mostNamed} more` : "";
  return failed(`Job ${manifest} failed on ${bad.length} of ${reports.length} clusters (${said.join("; ")}${rest})`);
}
