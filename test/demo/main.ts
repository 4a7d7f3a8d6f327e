import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { findOnPath, say, run as toolRun } from "../programs/index.ts";
import { type BannerFacts, banner } from "./banner.ts";
import { parseDemoOptions } from "./options.ts";
import { checkNode, checkPrograms, lockDemo } from "./preflight.ts";
import { startDemo } from "./start-demo.ts";

/** A part that is being started has so long to notice that it is no longer wanted. */
const abandonedAfterMs = 3_000;

const options = parseDemoOptions(process.argv);
const startedAt = performance.now();
const stopping = new AbortController();
const stops: (() => Promise<void>)[] = [];
let starting: Promise<void> = Promise.resolve();

async function stop(code: number): Promise<void> {
  if (stopping.signal.aborted) return;
  stopping.abort();
  await Promise.race([starting, delay(abandonedAfterMs)]);
  for (let end = stops.pop(); end !== undefined; end = stops.pop()) {
    await end().catch((thrown: unknown) => say(String(thrown)));
  }
  process.exit(code);
}

function interrupted(): void {
  if (stopping.signal.aborted) process.exit(1);
  say("stopping; the state stays in .drover/");
  void stop(0);
}

process.on("SIGINT", interrupted);
process.on("SIGTERM", interrupted);
process.on("SIGHUP", interrupted);

async function run(): Promise<void> {
  checkNode(process.version);
  checkPrograms();
  const root = resolve(".drover");
  mkdirSync(root, { recursive: true });
  stops.push(await lockDemo(root));
  const demo = await startDemo({
    options,
    root,
    signal: stopping.signal,
    onStarted: (end) => void stops.push(end),
    onDeath(obituary) {
      if (stopping.signal.aborted) return;
      say(obituary);
      void stop(1);
    },
  });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(banner({ ...demo, seconds, tools: await findTools() }));
}

async function findTools(): Promise<BannerFacts["tools"]> {
  const git = findOnPath("git");
  const kubectl = findOnPath("kubectl") !== undefined;
  if (git === undefined) return { git: "none", kubectl };
  const known = await toolRun(git, ["config", "--get", "user.email"]).catch(() => "");
  return { git: known.trim() === "" ? "nameless" : "ready", kubectl };
}

starting = run().catch((thrown: unknown) => {
  if (stopping.signal.aborted) return;
  say(`cannot start: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  void stop(1);
});
