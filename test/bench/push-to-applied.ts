import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ControlPlane } from "../controlplane/index.ts";
import { applicationYaml, configMap, fleetYaml } from "../e2e/files.ts";
import { startFleet } from "../e2e/fleet.ts";
import { createRawApi } from "./raw-api.ts";
import { type Measurement, percentile } from "./report.ts";

const pushes = 30;
const objects = 10;

/** From a push that the Git server has accepted (it then calls the webhook) to ten ConfigMaps with the new value in the cluster. */
export async function pushToApplied(plane: ControlPlane): Promise<readonly Measurement[]> {
  const raw = createRawApi(plane);
  const files = (value: string) =>
    Object.fromEntries(
      Array.from({ length: objects }, (_, index) => [
        `apps/push/manifests/push-${index}.json`,
        configMap(`push-${index}`, { value }),
      ]),
    );
  const fleet = await startFleet({
    clusters: { bench: { plane, labels: { environment: "dev" } } },
    files: {
      "fleet.yaml": fleetYaml([{ name: "dev", branch: "main", labels: { environment: "dev" } }]),
      "apps/push/application.yaml": applicationYaml("push", { path: "manifests" }),
      ...files("first"),
    },
  });
  const floorFolder = mkdtempSync(join(tmpdir(), "drover-bench-"));
  try {
    await fleet.healthy("dev", await fleet.work.head());
    let wanted = "";
    let done: () => void = () => undefined;
    const arrived = new Set<string>();
    const watch = await raw.watch(({ metadata, data }) => {
      if (!metadata.name.startsWith("push-") || data["value"] !== wanted) return;
      arrived.add(metadata.name);
      if (arrived.size === objects) done();
    });
    const accepted: number[] = [];
    const whole: number[] = [];
    const floors: number[] = [];
    await git(["clone", "--quiet", "--bare", fleet.git.repositoryPath("fleet"), floorFolder]);
    for (let push = 0; push < pushes; push++) {
      wanted = `push ${push}`;
      arrived.clear();
      const applied = new Promise<number>((resolve) => {
        done = () => resolve(performance.now());
      });
      await fleet.work.commit(files(wanted), wanted, { push: false });
      const started = performance.now();
      const acceptedAt = fleet.git.nextPush();
      const [ended] = await Promise.all([applied, fleet.work.push()]);
      whole.push(ended - started);
      accepted.push(ended - (await acceptedAt));
      await fleet.healthy("dev", await fleet.work.head());
      floors.push(await floorOf(wanted));
    }
    watch.stop();

    /** Native git asking for the same new commit, then the ten writes: nobody can do with less. */
    async function floorOf(value: string): Promise<number> {
      const started = performance.now();
      await git(["-C", floorFolder, "fetch", "--quiet", `${fleet.git.url}/fleet.git`, "+refs/heads/*:refs/heads/*"]);
      const fetched = performance.now() - started;
      const maps = Array.from({ length: objects }, (_, index) => ({
        apiVersion: "v1" as const,
        kind: "ConfigMap" as const,
        metadata: { name: `floor-${index}`, namespace: "default", labels: { bench: "floor" } },
        data: { value },
      }));
      return fetched + (await raw.applyAll(maps, objects));
    }

    const floor = percentile(floors, 0.5);
    const floorIs = `git fetch of one commit + 10 raw PATCHes, p50 of ${pushes}`;
    return [
      {
        what: `push accepted → ${objects} ConfigMaps applied, p50 of ${pushes}`,
        unit: "ms",
        floor,
        floorIs,
        ours: percentile(accepted, 0.5),
        aim: 400,
      },
      {
        what: `push accepted → ${objects} ConfigMaps applied, p99 of ${pushes}`,
        unit: "ms",
        ours: percentile(accepted, 0.99),
      },
      { what: `the same from the start of the git push command, p50`, unit: "ms", ours: percentile(whole, 0.5) },
    ];
  } finally {
    await fleet.stop();
    await raw.deleteAll("bench=floor");
    await raw.close();
    rmSync(floorFolder, { recursive: true, force: true });
  }
}

/** Never waits in the foreground: the Git server lives in this process. */
async function git(args: readonly string[]): Promise<void> {
  await promisify(execFile)("git", args);
}
