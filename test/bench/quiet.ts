import { setTimeout as sleep } from "node:timers/promises";
import { startFaultProxy } from "../contracts/fault-proxy.ts";
import type { ControlPlane } from "../controlplane/index.ts";
import { applicationYaml, fleetYaml } from "../e2e/files.ts";
import { startFleet } from "../e2e/fleet.ts";
import type { Measurement } from "./report.ts";
import { configMap } from "./thousand-objects.ts";
import { untilHealthy } from "./until-healthy.ts";

const count = 1_000;
const minutes = 10;

/** What the agent asks of the API server while nothing changes, and when it starts anew: counted by a proxy between them. */
export async function quiet(plane: ControlPlane): Promise<readonly Measurement[]> {
  const proxy = await startFaultProxy(plane.kubeconfig, { random: () => 0, share: 0, kinds: [] });
  const fleet = await startFleet({
    clusters: { bench: { plane: { ...plane, kubeconfig: proxy.kubeconfig }, labels: { environment: "dev" } } },
    files: {
      "fleet.yaml": fleetYaml([{ name: "dev", branch: "main", labels: { environment: "dev" } }]),
      "apps/quiet/application.yaml": applicationYaml("quiet", { path: "manifests" }),
      ...Object.fromEntries(
        Array.from({ length: count }, (_, index) => [
          `apps/quiet/manifests/${index}.json`,
          JSON.stringify(configMap(`quiet-${index}`, {})),
        ]),
      ),
    },
  });
  try {
    await untilHealthy(fleet, await fleet.work.head());
    await sleep(5_000);
    let before = proxy.requests();
    const since = () => {
      const now = proxy.requests();
      const grown = Object.entries(now).map(([what, sent]) => [what, sent - (before[what] ?? 0)] as const);
      before = now;
      return grown.filter(([what, sent]) => sent > 0 && what !== "watch");
    };
    since();
    await sleep(minutes * 60_000);
    const idle = since();
    const agent = fleet.agent("bench");
    await agent.stop();
    since();
    await agent.start();
    await untilHealthy(fleet, await fleet.work.head());
    await sleep(5_000);
    const restarted = since();
    const total = (requests: typeof idle) => requests.reduce((sum, [, sent]) => sum + sent, 0);
    const named = (requests: typeof idle) => requests.map(([what, sent]) => `${sent} ${what}`).join(", ");
    return [
      {
        what: `${minutes} minutes with ${count} objects, besides watches`,
        unit: "requests",
        ours: total(idle),
        aim: 0,
      },
      {
        what: `restart of the agent with ${count} objects, besides watches: ${named(restarted)}`,
        unit: "requests",
        ours: total(restarted),
      },
    ];
  } finally {
    await fleet.stop();
    await proxy.stop();
  }
}
