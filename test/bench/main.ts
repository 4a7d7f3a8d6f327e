import { startControlPlane } from "../controlplane/index.ts";
import { applications } from "./applications.ts";
import { configMaps } from "./config-maps.ts";
import { drift } from "./drift.ts";
import { idleAgent } from "./idle-agent.ts";
import { promotion } from "./promotion.ts";
import { promotionGates } from "./promotion-gates.ts";
import { pushToApplied } from "./push-to-applied.ts";
import { quiet } from "./quiet.ts";
import { machineLine, printMeasurements } from "./report.ts";
import { rolloutStep } from "./rollout-step.ts";
import { rollouts } from "./rollouts.ts";
import { thousandObjects } from "./thousand-objects.ts";

const benchmarks = {
  "push-to-applied": pushToApplied,
  "thousand-objects": thousandObjects,
  "idle-agent": idleAgent,
  drift,
  "rollout-step": rolloutStep,
  "rollouts-1": rollouts(1, 5_000),
  "rollouts-100": rollouts(100, 15_000),
  promotion,
  "promotion-gates": promotionGates,
  "config-maps-1000": configMaps(1_000),
  "applications-100": applications(100),
};

/** Only when they are asked for: they take minutes each. */
const long = {
  "applications-500": applications(500),
  "applications-1000": applications(1_000),
  "config-maps-5000": configMaps(5_000),
  "config-maps-10000": configMaps(10_000),
  quiet,
};
const all = { ...benchmarks, ...long };

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !(name in all));
if (unknown !== undefined) {
  console.error(`No such benchmark: "${unknown}"; there are ${Object.keys(all).join(", ")}`);
  process.exit(2);
}
console.log(machineLine());
for (const [name, run] of Object.entries(asked.length > 0 ? all : benchmarks)) {
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
