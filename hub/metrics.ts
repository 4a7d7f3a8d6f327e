import { PrometheusExporter, PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import type { FleetQueries } from "./ports.ts";

/** Prometheus text of the fleet as it is at the moment of the question. */
export function createMetrics(queries: FleetQueries): { text(): Promise<string>; close(): Promise<void> } {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({ readers: [exporter] });
  const meter = provider.getMeter("drover");
  const environments = meter.createObservableGauge("drover_environment_clusters", {
    description: "Clusters of an environment by state (total, synced, healthy, drifted, offline)",
  });
  const connected = meter.createObservableGauge("drover_clusters_connected", {
    description: "Clusters with an open stream",
  });
  const problems = meter.createObservableGauge("drover_problems", {
    description: 'Errors in what was written in Git, by environment; the fleet\'s own under ""',
  });
  const memory = meter.createObservableGauge("drover_resident_memory_bytes", {
    description: "Resident memory of the hub",
  });

  environments.addCallback((result) => {
    for (const { name, clusters } of queries.environments({})) {
      for (const [state, count] of Object.entries(clusters)) result.observe(count, { environment: name, state });
    }
  });
  connected.addCallback((result) => result.observe(queries.clusters({}).filter((each) => each.connected).length));
  problems.addCallback((result) => {
    const errors = (list: readonly { severity: string }[]) => list.filter((each) => each.severity === "error").length;
    result.observe(errors(queries.problems()), { environment: "" });
    for (const each of queries.environments({})) result.observe(errors(each.problems), { environment: each.name });
  });
  memory.addCallback((result) => result.observe(process.memoryUsage.rss()));

  const serializer = new PrometheusSerializer();
  return {
    async text() {
      const { resourceMetrics } = await exporter.collect();
      return serializer.serialize(resourceMetrics);
    },
    close: () => provider.shutdown(),
  };
}
