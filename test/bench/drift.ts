import { createKubeClient } from "../../agent/kube/index.ts";
import type { StatusSink } from "../../agent/ports.ts";
import { createReconciler } from "../../agent/reconcile/index.ts";
import type { DriftMode } from "../../common/domain/index.ts";
import { silentLogger } from "../../common/telemetry/index.ts";
import type { ControlPlane } from "../controlplane/index.ts";
import { until } from "../programs/index.ts";
import { type ConfigMap, createRawApi, type RawApi } from "./raw-api.ts";
import { type Measurement, percentile } from "./report.ts";
import { configMap, desired } from "./thousand-objects.ts";

const count = 1_000;
const singles = 30;
const inFlight = 32;

/**
 * The agent's engine on its own, in this process: one owned field of ConfigMaps of 0.5 KB is edited by another manager, all
 * 1,000 at once and one after the other. From the API server's answer to the edit until the drift is reported (mode "report"),
 * and until the repair is answered (mode "correct").
 */
export async function drift(plane: ControlPlane): Promise<readonly Measurement[]> {
  const raw = createRawApi(plane);
  try {
    const reported = await measure(plane, raw, "report");
    const repaired = await measure(plane, raw, "correct");
    const burst = { unit: "ms", floor: reported.floorMs, floorIs: "editing them all" } as const;
    return [
      { what: "single edit to reported, p50 of 30", unit: "ms", ours: percentile(reported.single, 0.5), aim: 100 },
      { what: "single edit to repaired, p50 of 30", unit: "ms", ours: percentile(repaired.single, 0.5), aim: 200 },
      { what: `${count} edits at once, each to reported, p50`, ...burst, ours: percentile(reported.burst, 0.5) },
      { what: `${count} edits at once, each to reported, p99`, ...burst, ours: percentile(reported.burst, 0.99) },
      { what: `${count} edits at once, each to repaired, p50`, ...burst, ours: percentile(repaired.burst, 0.5) },
      { what: `${count} edits at once, each to repaired, p99`, ...burst, ours: percentile(repaired.burst, 0.99) },
    ];
  } finally {
    await raw.close();
  }
}

interface Delays {
  readonly single: readonly number[];
  readonly burst: readonly number[];
  readonly floorMs: number;
}

async function measure(plane: ControlPlane, raw: RawApi, mode: DriftMode): Promise<Delays> {
  const log = silentLogger();
  const kube = await createKubeClient({ kubeconfig: plane.kubeconfig, log, userAgent: "drover-bench" });
  const stopping = new AbortController();
  const said = new Map<string, number>();
  const nothing = () => undefined;
  const sink: StatusSink = {
    environment: nothing,
    application: nothing,
    object: nothing,
    drift: (_environment, _application, { name }) => void said.set(name, performance.now()),
    ack: nothing,
  };
  const reconciler = createReconciler({ kube, sink, log, concurrency: inFlight });
  reconciler.start({ signal: stopping.signal });
  const named = (index: number) => configMap(`drift-${mode}-${index}`, {});
  const maps = Array.from({ length: count + singles }, (_, index) => named(index));

  /** Milliseconds per edited object. */
  async function edit(
    edited: readonly ConfigMap[],
  ): Promise<{ readonly delays: readonly number[]; readonly ms: number }> {
    const answered = new Map<string, number>();
    const changed = edited.map((map) => ({ ...map, data: { text: "edited" } }));
    const ms = await raw.applyAll(changed, inFlight, (name) => void answered.set(name, performance.now()));
    await until("all to be said", async () => [...answered.keys()].every((name) => said.has(name)) || undefined);
    // The watch may be faster than the answer.
    return { ms, delays: [...answered].map(([name, at]) => Math.max(0, (said.get(name) ?? Number.NaN) - at)) };
  }

  try {
    reconciler.assign(desired(`drift-${mode}`, 1, maps, mode));
    await reconciler.idle();
    const single: number[] = [];
    for (const map of maps.slice(0, singles)) single.push(...(await edit([map])).delays);
    await reconciler.idle();
    const burst = await edit(maps.slice(singles));
    return { single, burst: burst.delays, floorMs: burst.ms };
  } finally {
    stopping.abort();
    await reconciler.close();
    await kube.close();
  }
}
