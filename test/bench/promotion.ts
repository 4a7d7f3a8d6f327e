import { request } from "undici";
import { type ControlPlane, startControlPlane } from "../controlplane/index.ts";
import { applicationYaml, configMap, fleetYaml } from "../e2e/files.ts";
import { startFleet } from "../e2e/fleet.ts";
import { until } from "../programs/index.ts";
import { createRawApi } from "./raw-api.ts";
import { type Measurement, percentile } from "./report.ts";

const rounds = 20;

/**
 * The last gate of a promotion passes → the branch is moved → the next environment's agent has the assignment, and has applied it. Real
 * processes; the gate is an approval, because the moment of that is known.
 */
export async function promotion(dev: ControlPlane): Promise<readonly Measurement[]> {
  const staging = await startControlPlane();
  const raw = createRawApi(staging);
  const fleet = await startFleet({
    clusters: {
      "dev-1": { plane: dev, labels: { environment: "dev" } },
      "staging-1": { plane: staging, labels: { environment: "staging" } },
    },
    files: {
      "fleet.yaml": fleetYaml([
        { name: "dev", branch: "main", labels: { environment: "dev" } },
        { name: "staging", from: "dev", promotion: { mode: "auto", approvals: 1 }, labels: { environment: "staging" } },
      ]),
      "apps/shop/application.yaml": applicationYaml("shop"),
      "apps/shop/settings.json": configMap("promoted", { round: "none" }),
    },
  });
  const way = async () => (await fleet.list("promotions"))[0];

  /** When it was asked for. */
  async function approved(): Promise<number> {
    const start = performance.now();
    const { statusCode, body } = await request(`${fleet.http}/api/v1/environments/staging/approve`, {
      method: "POST",
      headers: { authorization: `Bearer ${fleet.token}`, "content-type": "application/json" },
      body: "{}",
    });
    if (statusCode !== 200) throw new Error(`Approving failed: ${statusCode} ${await body.text()}`);
    await body.dump();
    return start;
  }

  try {
    let wanted = "";
    let done: () => void = () => undefined;
    const watch = await raw.watch(({ metadata, data }) => {
      if (metadata.name === "promoted" && data["round"] === wanted) done();
    });
    const moved: number[] = [];
    const applied: number[] = [];
    for (let round = 0; round < rounds; round++) {
      wanted = `${round}`;
      const arrived = new Promise<number>((resolve) => {
        done = () => resolve(performance.now());
      });
      const revision = await fleet.work.commit(
        { "apps/shop/settings.json": configMap("promoted", { round: wanted }) },
        wanted,
      );
      await until("the approval to be all that misses", async () => {
        const { candidate, gates } = (await way()) ?? { candidate: null, gates: [] };
        const unmet = gates.filter(({ state }) => state !== "passed").map(({ name }) => name);
        return candidate === revision && unmet.join() === "approvals" ? true : undefined;
      });
      const pushed = fleet.git.nextPush();
      const start = await approved();
      moved.push((await pushed) - start);
      applied.push((await arrived) - start);
      await fleet.healthy("staging", revision);
    }
    watch.stop();
    return [
      { what: `approved → branch moved, p50 of ${rounds}`, unit: "ms", ours: percentile(moved, 0.5) },
      { what: `approved → assigned and applied, p50`, unit: "ms", ours: percentile(applied, 0.5), aim: 1_000 },
      { what: `approved → assigned and applied, slowest`, unit: "ms", ours: Math.max(...applied) },
    ];
  } finally {
    await fleet.stop();
    await raw.close();
    await staging.stop();
  }
}
