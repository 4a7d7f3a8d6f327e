import { readFileSync } from "node:fs";
import type { ControlPlane } from "../controlplane/index.ts";
import { applicationYaml, configMap, fleetYaml } from "../e2e/files.ts";
import { startFleet } from "../e2e/fleet.ts";
import { until } from "../programs/index.ts";
import type { Measurement } from "./report.ts";

const count = 1_000;

/** The bundled agent as a process: what it weighs with 1,000 objects when nothing happens, and how soon it is back. */
export async function idleAgent(plane: ControlPlane): Promise<readonly Measurement[]> {
  const fleet = await startFleet({
    clusters: { bench: { plane, labels: { environment: "dev" } } },
    files: {
      "fleet.yaml": fleetYaml([{ name: "dev", branch: "main", labels: { environment: "dev" } }]),
      "apps/idle/application.yaml": applicationYaml("idle", { path: "manifests" }),
      ...Object.fromEntries(
        Array.from({ length: count }, (_, index) => [
          `apps/idle/manifests/idle-${index}.json`,
          configMap(`idle-${index}`, { text: "x".repeat(400) }),
        ]),
      ),
    },
  });
  try {
    await fleet.healthy("dev", await fleet.work.head());
    const agent = fleet.agent("bench");
    const justApplied = await settled(agent.pid);
    await agent.stop();
    const connections = () => agent.output().split("Connected to the hub").length;
    const before = connections();
    const started = performance.now();
    await agent.start();
    await until("the agent to be connected", () => connections() > before || undefined, { everyMs: 5 });
    const connectedMs = performance.now() - started;
    await until(
      "the agent to report",
      async () => (await fleet.list("clusters"))[0]?.environments[0]?.sync === "Synced" || undefined,
    );
    const restarted = await settled(agent.pid);
    return [
      { what: `RSS of an idle agent that applied ${count} objects`, unit: "MB", ours: justApplied, aim: 90 },
      {
        what: `RSS of an idle agent that owns ${count} objects, after a restart`,
        unit: "MB",
        ours: restarted,
        aim: 90,
      },
      { what: "agent: start of the process → connected", unit: "ms", ours: connectedMs, aim: 1_000 },
    ];
  } finally {
    await fleet.stop();
  }
}

/** Megabytes, once they have stayed within one for ten looks. */
export async function settled(pid: number): Promise<number> {
  let last = Number.NaN;
  let same = 0;
  return until(
    "the memory to settle",
    () => {
      const now = residentMegabytes(pid);
      same = Math.abs(now - last) < 1 ? same + 1 : 0;
      last = now;
      return same >= 10 ? now : undefined;
    },
    { everyMs: 1_000, timeoutMs: 120_000 },
  );
}

/** Now, or the most that it was since the process began. */
export function residentMegabytes(pid: number, which: "VmRSS" | "VmHWM" = "VmRSS"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const [, kilobytes] = new RegExp(`${which}:\\s+(\\d+) kB`).exec(status) ?? [];
  return Number(kilobytes) / 1024;
}
