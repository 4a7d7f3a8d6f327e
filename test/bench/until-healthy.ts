import type { Fleet } from "../e2e/fleet.ts";
import { until } from "../programs/index.ts";

const onHour = 3_600_000;

/** Resolves once the hub knows that the only environment of the only cluster runs this commit and is healthy. */
export async function untilHealthy(fleet: Fleet, revision: string): Promise<void> {
  await until(
    `${revision} to be healthy`,
    async () => {
      const [cluster] = await fleet.list("clusters");
      const [environment] = cluster?.environments ?? [];
      const isIt = environment?.revision === revision && environment.sync === "Synced";
      return (isIt && environment.health === "Healthy") || undefined;
    },
    { everyMs: 25, timeoutMs: onHour },
  );
}

/** Commits, pushes, and measures from when the Git server accepted it until all is healthy: milliseconds. */
export async function pushUntilHealthy(
  fleet: Fleet,
  files: Readonly<Record<string, string>>,
  message: string,
): Promise<number> {
  await fleet.work.commit(files, message, { push: false });
  const accepted = fleet.git.nextPush();
  await fleet.work.push();
  const started = await accepted;
  await untilHealthy(fleet, await fleet.work.head());
  return performance.now() - started;
}
