import { createKubeClient } from "../../agent/kube/index.ts";
import type { DesiredEnvironment, StatusSink } from "../../agent/ports.ts";
import { createReconciler } from "../../agent/reconcile/index.ts";
import type { Ack, ApplicationBody, DriftMode, Manifest } from "../../common/domain/index.ts";
import { canonicalJson, defaultPolicy, digestOf, refOf } from "../../common/domain/index.ts";
import { silentLogger } from "../../common/telemetry/index.ts";
import type { ControlPlane } from "../controlplane/index.ts";
import { applicationYaml, fleetYaml } from "../e2e/files.ts";
import { startFleet } from "../e2e/fleet.ts";
import { type ConfigMap, createRawApi, type RawApi } from "./raw-api.ts";
import { type Measurement, percentile } from "./report.ts";

const count = 1_000;
const runs = 5;
const inFlight = 32;

/** An assignment of 1,000 ConfigMaps of 0.5 KB: the agent's engine on its own, in this process; then hub and agent as processes. */
export async function thousandObjects(plane: ControlPlane): Promise<readonly Measurement[]> {
  const raw = createRawApi(plane);
  const floors: number[] = [];
  const ours: number[] = [];
  let unchanged = 0;
  const turns = {
    async floor(run: number): Promise<void> {
      floors.push(await raw.applyAll(manifestsOf(`floor-${run}`, "floor"), inFlight));
      await raw.deleteAll("bench=floor");
    },
    async ours(run: number): Promise<void> {
      const result = await apply(plane, run);
      ours.push(result.ms);
      unchanged = Math.max(unchanged, result.requestsWhenUnchanged);
      await raw.deleteAll("bench=ours");
    },
  };
  // The first run only warms everything up. Who goes first changes: what one leaves to be cleaned away slows the other.
  for (let run = 0; run <= runs; run++) {
    for (const turn of run % 2 === 0 ? (["floor", "ours"] as const) : (["ours", "floor"] as const))
      await turns[turn](run);
  }
  const fleet = await throughFleet(plane, raw);
  await raw.close();
  const floorIs = `raw PATCH loop, ${inFlight} in flight`;
  const floor = percentile(floors.slice(1), 0.5);
  return [
    {
      what: `create ${count} ConfigMaps of 0.5 KB: engine has them → all applied, p50 of ${runs}`,
      unit: "ms",
      floor,
      floorIs,
      ours: percentile(ours.slice(1), 0.5),
      aimRatio: 1.25,
    },
    {
      what: `the same with hub and agent: hub has signed it → sent, stored, all applied, p50 of ${runs}`,
      unit: "ms",
      floor: percentile(fleet.floors, 0.5),
      floorIs,
      ours: percentile(fleet.ours, 0.5),
    },
    { what: `the same assignment again, nothing changed`, unit: "requests", ours: unchanged, aim: 0 },
  ];
}

/** Each run is a commit with 1,000 new names; the old ones are pruned. */
async function throughFleet(
  plane: ControlPlane,
  raw: RawApi,
): Promise<{ readonly floors: readonly number[]; readonly ours: readonly number[] }> {
  const folder = "apps/many/manifests";
  const filesOf = (run: number) =>
    Object.fromEntries(
      manifestsOf(`fleet-${run}`, "fleet").map((each, index) => [`${folder}/${index}.json`, JSON.stringify(each)]),
    );
  const fleet = await startFleet({
    clusters: { bench: { plane, labels: { environment: "dev" } } },
    files: {
      "fleet.yaml": fleetYaml([{ name: "dev", branch: "main", labels: { environment: "dev" } }]),
      "apps/many/application.yaml": applicationYaml("many", { path: "manifests" }),
      ...filesOf(0),
    },
  });
  const floors: number[] = [];
  const ours: number[] = [];
  try {
    await fleet.healthy("dev", await fleet.work.head());
    for (let run = 1; run <= runs; run++) {
      floors.push(await raw.applyAll(manifestsOf(`floor-fleet-${run}`, "floor"), inFlight));
      await raw.deleteAll("bench=floor");
      const missing = new Set(manifestsOf(`fleet-${run}`, "fleet").map(({ metadata }) => metadata.name));
      let watch: { stop(): void } | undefined;
      const applied = new Promise<number>((resolve, reject) => {
        raw
          .watch(({ metadata }) => {
            if (missing.delete(metadata.name) && missing.size === 0) resolve(Date.now());
          })
          .then((started) => {
            watch = started;
          }, reject);
      });
      await fleet.work.commit(filesOf(run), `run ${run}`);
      const revision = await fleet.work.head();
      const ended = await applied;
      watch?.stop();
      await fleet.healthy("dev", revision);
      ours.push(ended - assignedAt(fleet.hub.output(), revision));
    }
  } finally {
    await fleet.stop();
    await raw.deleteAll("bench=fleet");
  }
  return { floors, ours };
}

/** When the hub assigned this commit, by its log: milliseconds since 1970. */
function assignedAt(log: string, revision: string): number {
  for (const line of log
    .split("\n")
    .filter((each) => each.includes(revision) && each.includes("assigned generation"))) {
    return Date.parse((JSON.parse(line) as { time: string }).time);
  }
  throw new Error(`The hub's log does not say when it assigned ${revision}`);
}

async function apply(
  plane: ControlPlane,
  run: number,
): Promise<{ readonly ms: number; readonly requestsWhenUnchanged: number }> {
  const log = silentLogger();
  const kube = await createKubeClient({ kubeconfig: plane.kubeconfig, log, userAgent: "drover-bench" });
  const stopping = new AbortController();
  let onAck: (ack: Ack) => void = () => undefined;
  const nothing = () => undefined;
  const sink: StatusSink = {
    environment: nothing,
    application: nothing,
    object: nothing,
    drift: nothing,
    ack: (ack) => onAck(ack),
  };
  const reconciler = createReconciler({ kube, sink, log, concurrency: inFlight });
  reconciler.start({ signal: stopping.signal });
  const acked = (generation: number) =>
    new Promise<void>((resolve) => {
      onAck = (ack) => {
        if (ack.phase === "applied" && ack.generation === generation) resolve();
      };
    });
  try {
    const environment = `bench-${run}`;
    // One object first, so that connections and watches stand as in an agent that has been running.
    const warm = acked(1);
    reconciler.assign(desired(environment, 1, [configMap(`warm-${run}`, { bench: "ours" })]));
    await warm;
    await reconciler.idle();
    const manifests = manifestsOf(`ours-${run}`, "ours");
    const assignment = desired(environment, 2, manifests);
    const all = acked(2);
    const started = performance.now();
    reconciler.assign(assignment);
    await all;
    const ms = performance.now() - started;
    await reconciler.idle();
    const before = sum(kube.requests());
    const again = acked(3);
    reconciler.assign(desired(environment, 3, manifests));
    await again;
    await reconciler.idle();
    return { ms, requestsWhenUnchanged: sum(kube.requests()) - before };
  } finally {
    stopping.abort();
    await reconciler.close();
    await kube.close();
  }
}

export function desired(
  environment: string,
  generation: number,
  manifests: readonly Manifest[],
  driftMode: DriftMode = "correct",
): DesiredEnvironment {
  const contents = new Map(manifests.map((manifest) => [digestOf(canonicalJson(manifest)), manifest]));
  const body: ApplicationBody = {
    name: "bench",
    revision: "0".repeat(40),
    objects: [...contents].map(([digest, manifest]) => ({
      apiVersion: manifest.apiVersion,
      ref: refOf(manifest),
      digest,
      source: "",
    })),
    policy: { ...defaultPolicy, prune: false, driftMode },
    dependsOn: [],
  };
  return {
    header: {
      cluster: "bench",
      environment,
      epoch: "bench",
      generation,
      digest: digestOf(canonicalJson(body)),
      revision: body.revision,
      epochConfirmed: true,
    },
    body: { applications: [{ name: "bench", digest: digestOf(canonicalJson(body)) }] },
    applications: [body],
    held: [],
    absenceIsTrusted: true,
    manifest: async (digest) => {
      const found = contents.get(digest);
      if (found === undefined) throw new Error(`No content ${digest}`);
      return found;
    },
  };
}

function manifestsOf(prefix: string, bench: string): (ConfigMap & Manifest)[] {
  return Array.from({ length: count }, (_, index) => configMap(`${prefix}-${index}`, { bench }));
}

export function configMap(name: string, labels: Readonly<Record<string, string>>): ConfigMap & Manifest {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "default", labels },
    data: { text: "x".repeat(400) },
  };
}

function sum(requests: Readonly<Record<string, number>>): number {
  return Object.values(requests).reduce((total, each) => total + each, 0);
}
