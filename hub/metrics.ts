import { PrometheusExporter, PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import type { Problem } from "../common/domain/index.ts";
import type { FleetQueries } from "./surfaces.ts";

const deliveriesWindowMs = 30 * 86_400_000;

/** Prometheus text of the fleet as it is at the moment of the question. */
export function createMetrics(queries: FleetQueries): { text(): Promise<string>; close(): Promise<void> } {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({ readers: [exporter] });
  const meter = provider.getMeter("drover");
  const gauge = (name: string, description: string) => meter.createObservableGauge(name, { description });
  const environments = gauge(
    "drover_environment_clusters",
    "Clusters of an environment by state (total, synced, healthy, drifted, offline)",
  );
  const connected = gauge("drover_clusters_connected", "Clusters with an open stream");
  const problems = gauge(
    "drover_problems",
    'Errors in what was written in Git, by environment; the fleet\'s own under ""',
  );
  const rollouts = gauge("drover_rollout_state", "1 for the state that the rollout of an environment is in");
  const rolloutSince = gauge(
    "drover_rollout_state_since_seconds",
    "Unix time since when the rollout of an environment is in its state",
  );
  const rolloutClusters = gauge(
    "drover_rollout_clusters",
    "Clusters of a rollout by state (waiting, updating, healthy, failed, debt)",
  );
  const memory = gauge("drover_resident_memory_bytes", "Resident memory of the hub");

  // One read of the environments serves all gauges of theirs.
  meter.addBatchObservableCallback(
    (result) => {
      result.observe(connected, queries.totals().connected);
      result.observe(problems, errorsIn(queries.problems()), { environment: "" });
      for (const { name, clusters, problems: found } of queries.environments({})) {
        result.observe(problems, errorsIn(found), { environment: name });
        for (const [state, count] of Object.entries(clusters)) {
          result.observe(environments, count, { environment: name, state });
        }
      }
      for (const { environment, state, since, waves } of queries.rollouts({})) {
        result.observe(rollouts, 1, { environment, state });
        if (since !== null) result.observe(rolloutSince, Date.parse(since) / 1000, { environment });
        for (const each of ["waiting", "updating", "healthy", "failed", "debt"] as const) {
          const count = waves.reduce((sum, { clusters }) => sum + clusters[each], 0);
          result.observe(rolloutClusters, count, { environment, state: each });
        }
      }
      result.observe(memory, process.memoryUsage.rss());
    },
    [environments, connected, problems, rollouts, rolloutSince, rolloutClusters, memory],
  );

  const deployments = gauge("drover_environment_deployments", "Promotions into an environment in the last 30 days");
  const leadTime = gauge(
    "drover_environment_lead_time_seconds",
    "Median of the last 30 days from a commit until an environment was healthy with it",
  );
  const failures = gauge(
    "drover_environment_change_failure_ratio",
    "Share of the promotions of the last 30 days that were rolled back or degraded a cluster, 0 to 1",
  );
  const restore = gauge(
    "drover_environment_restore_seconds",
    "Median of the last 30 days from the first failure of a promotion until the environment was healthy again",
  );
  meter.addBatchObservableCallback(
    async (result) => {
      for (const each of await queries.deliveries({}, { windowMs: deliveriesWindowMs, by: "environment" })) {
        const { environment, leadTimeMs, changeFailureRate, restoreMs } = each;
        result.observe(deployments, each.deployments, { environment });
        // What is not known has no line.
        if (leadTimeMs !== null) result.observe(leadTime, leadTimeMs / 1000, { environment });
        if (changeFailureRate !== null) result.observe(failures, changeFailureRate, { environment });
        if (restoreMs !== null) result.observe(restore, restoreMs / 1000, { environment });
      }
    },
    [deployments, leadTime, failures, restore],
  );

  // Scope and target would stand on every line and say nothing.
  const serializer = new PrometheusSerializer(undefined, false, undefined, true, true);
  return {
    async text() {
      const { resourceMetrics } = await exporter.collect();
      return serializer.serialize(resourceMetrics);
    },
    close: () => provider.shutdown(),
  };
}

function errorsIn(problems: readonly Problem[]): number {
  return problems.filter(({ severity }) => severity === "error").length;
}
