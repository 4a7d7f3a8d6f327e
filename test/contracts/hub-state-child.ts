/**
 * A process that opens a hub's state, writes numbers and says each one that was acknowledged, until it is killed.
 * Argument: JSON of redis, dataDir.
 */
import { silentLogger } from "../../common/telemetry/index.ts";
import { openHubState } from "../../hub/store/index.ts";

const { redis, dataDir } = JSON.parse(process.argv[2] ?? "{}") as { redis: string; dataDir: string };
const { store, jobs } = await openHubState({ redis, dataDir, env: { PATH: process.env["PATH"] }, log: silentLogger() });
jobs.handle("cut-off", () => new Promise(() => {}));
await jobs.start();
await jobs.request("cut-off", "prod");
const numbers = store.collection<number>("numbers");
for (let next = 0; ; next += 3) {
  await numbers.set(`${next}`, next);
  await numbers.write([[`${next + 1}`, next + 1]]);
  await numbers.update(`${next + 2}`, () => next + 2);
  process.stdout.write(`${next + 2}\n`);
}
