import { startControlPlane } from "../controlplane/index.ts";
import { drift } from "./drift.ts";
import { idleAgent } from "./idle-agent.ts";
import { pushToApplied } from "./push-to-applied.ts";
import { machineLine, printMeasurements } from "./report.ts";
import { thousandObjects } from "./thousand-objects.ts";

const benchmarks = {
  "push-to-applied": pushToApplied,
  "thousand-objects": thousandObjects,
  "idle-agent": idleAgent,
  drift,
};

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !(name in benchmarks));
if (unknown !== undefined) {
  console.error(`No such benchmark: "${unknown}"; there are ${Object.keys(benchmarks).join(", ")}`);
  process.exit(2);
}
console.log(machineLine());
for (const [name, run] of Object.entries(benchmarks)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  // A control plane each: what one leaves behind must not slow the next.
  const plane = await startControlPlane();
  try {
    console.log(name);
    printMeasurements(await run(plane));
  } finally {
    await plane.stop();
  }
}
// Handles of child processes that have ended keep Node alive; there is nothing left to wait for.
process.exit(0);
