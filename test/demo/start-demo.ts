import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startDemoGitServer } from "../git-server/index.ts";
import { inCheckout, say, until } from "../programs/index.ts";
import { type DemoClusters, startDemoClusters } from "./demo-clusters.ts";
import { startDemoProgram } from "./demo-program.ts";
import { demoPorts } from "./demo-state.ts";
import { createHubApi } from "./hub-api.ts";
import type { DemoOptions } from "./options.ts";
import { checkPorts, portsFile } from "./preflight.ts";
import { ensureSampleRepository } from "./sample-repository.ts";

export interface DemoContext {
  readonly options: DemoOptions;
  /** `.drover`, absolute: the CLI's context and demo.json. */
  readonly root: string;
  /** Aborts when the demo is to end. */
  readonly signal: AbortSignal;
  /** Registers what ends a part that runs now. */
  onStarted(stop: () => Promise<void>): void;
  /** A program ended by itself. */
  onDeath(obituary: string): void;
}

export interface Demo extends DemoClusters {
  /** State of this kind of demo. */
  readonly home: string;
  readonly http: string;
  /** The hub's admin token. */
  readonly token: string;
  readonly repository: string;
  /** Environments that were not healthy in time. */
  readonly unhealthy: readonly string[];
}

const healthyWithinMs = 60_000;

/** Starts all parts, in the order in which they need each other. */
export async function startDemo(context: DemoContext): Promise<Demo> {
  const { options, root, signal, onStarted } = context;
  const home = join(root, options.contexts.length > 0 ? "contexts" : options.real ? "real" : "simulated");
  const logs = join(home, "logs");
  mkdirSync(logs, { recursive: true });
  const ports = await demoPorts(portsFile(home));
  await checkPorts(ports, portsFile(home));
  const http = `http://127.0.0.1:${ports.http}`;
  const agents = `127.0.0.1:${ports.agents}`;

  async function startProgram(program: "hub" | "agent", name: string, args: readonly string[], log: string) {
    signal.throwIfAborted();
    const { child, obituary } = await startDemoProgram(program, name, args, join(logs, log));
    onStarted(() => child.stop());
    void obituary.then(context.onDeath);
  }

  say("serving the sample repository");
  const gitdir = join(home, "fleet.git");
  const branches = ["main", "env/staging", "env/prod"] as const;
  await ensureSampleRepository(
    gitdir,
    inCheckout("test/demo/repository"),
    branches,
    options.real ? withoutPods : asItIs,
  );
  const webhook = { url: `${http}/api/v1/webhooks/git` };
  const git = await startDemoGitServer({ dir: gitdir, port: ports.repository, webhook });
  onStarted(() => git.stop());

  say("starting the hub");
  const data = join(home, "hub");
  // The same store at each start, whether or not Redis was installed in between.
  const flags = [
    "--repo",
    git.url,
    "--data",
    data,
    "--agents",
    agents,
    "--http",
    `127.0.0.1:${ports.http}`,
    "--redis",
    "off",
  ];
  await startProgram("hub", "hub", flags, "hub.log");
  const { clusters, kind } = await startDemoClusters(options, join(home, "clusters"), ports.clusters, onStarted);
  const hub = createHubApi(http, () => readFileSync(join(data, "admin-token"), "utf8").trim());
  await until("the hub to be ready", async () => (await hub.isReady()) || undefined, { signal });

  const token = readFileSync(join(data, "admin-token"), "utf8").trim();
  write(join(root, "context.json"), { url: http, token }, 0o600);
  say(`starting an agent for each of ${clusters.map(({ name }) => name).join(", ")}`);
  for (const { name, environment, kubeconfig, context: kubeContext } of clusters) {
    const folder = join(home, "agents", name);
    const joined = await hub.join(name, { environment, replace: !existsSync(folder) });
    const args = ["--data", folder, "--hub", agents, "--token", joined ?? "joined-already"];
    if (kubeContext === undefined) args.push("--kubeconfig", kubeconfig);
    else args.push("--context", kubeContext);
    await startProgram("agent", `agent of ${name}`, args, `agent-${name}.log`);
  }
  const listed = clusters.map(({ name, kubeconfig, context: kubeContext }) => ({
    name,
    kubeconfig,
    context: kubeContext,
  }));
  write(join(root, "demo.json"), { http, agents, repository: git.url, clusters: listed }, 0o644);

  say("waiting for the environments to be healthy");
  const unhealthy = await until(
    "healthy environments",
    async () => ((await hub.unhealthy()).length === 0 ? [] : undefined),
    { signal, timeoutMs: healthyWithinMs, everyMs: 50 },
  ).catch(() => (signal.aborted ? [] : hub.unhealthy()));
  signal.throwIfAborted();
  return { home, http, token, repository: git.url, clusters, kind, unhealthy };
}

function write(file: string, value: unknown, mode: number): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`, { mode });
}

function asItIs(text: string): string {
  return text;
}

/** Real control planes have no nodes: nothing that waits for a pod would ever be healthy. */
function withoutPods(text: string, path: string): string {
  if (path !== "fleet.yaml") return text;
  return text.replaceAll(/replicas: "\d+"/g, 'replicas: "0", databaseReplicas: "0"');
}
