import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { request } from "undici";
import { startDemoGitServer } from "../git-server/index.ts";
import { type Child, inCheckout, say, startChild, until, whenReady } from "../programs/index.ts";
import { banner } from "./banner.ts";
import { environments, startDemoClusters } from "./demo-clusters.ts";
import { demoPorts } from "./demo-state.ts";
import { parseDemoOptions } from "./options.ts";
import { ensureSampleRepository } from "./sample-repository.ts";

const options = parseDemoOptions(process.argv);
const root = resolve(".drover");
const mode = options.contexts.length > 0 ? "contexts" : options.real ? "real" : "simulated";
const home = join(root, mode);
const stops: (() => Promise<void>)[] = [];
let stopping = false;

async function stop(code: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  for (const end of stops.toReversed()) await end().catch((thrown: unknown) => say(String(thrown)));
  process.exit(code);
}

process.once("SIGINT", () => void stop(0));
process.once("SIGTERM", () => void stop(0));

/** Runs one of the bundled programs; the demo ends when one ends by itself. */
async function startProgram(name: "hub" | "agent", args: readonly string[], log: string): Promise<Child> {
  const child = await startChild(process.execPath, [inCheckout(`dist/${name}.js`), ...args], { log });
  stops.push(() => child.stop());
  void child.ended.then((how) => {
    if (stopping) return;
    say(`${name} ended with ${how}: see ${log}`);
    void stop(1);
  });
  return child;
}

async function main(): Promise<void> {
  mkdirSync(join(home, "logs"), { recursive: true });
  const ports = await demoPorts(home);
  const gitdir = join(home, "fleet.git");
  await ensureSampleRepository(
    gitdir,
    inCheckout("test/demo/repository"),
    ["main", "env/staging", "env/prod"],
    withoutPods,
  );
  const http = `http://127.0.0.1:${ports.http}`;
  const git = await startDemoGitServer({
    dir: gitdir,
    port: ports.repository,
    webhook: { url: `${http}/api/v1/webhooks/git` },
  });
  stops.push(() => git.stop());

  const hub = await startProgram(
    "hub",
    [
      "--repo",
      git.url,
      "--data",
      join(home, "hub"),
      "--agents",
      `127.0.0.1:${ports.agents}`,
      "--http",
      `127.0.0.1:${ports.http}`,
    ],
    join(home, "logs", "hub.log"),
  );
  const {
    clusters,
    kind,
    stop: stopClusters,
  } = await startDemoClusters(options, join(home, "clusters"), ports.clusters);
  stops.push(stopClusters);
  await whenReady([hub], (signal) =>
    until("the hub to be ready", async () => (await request(`${http}/readyz`)).statusCode === 200 || undefined, {
      signal,
      timeoutMs: 30_000,
    }),
  );

  const token = readFileSync(join(home, "hub", "admin-token"), "utf8").trim();
  const write = (name: string, value: unknown, fileMode: number) =>
    writeFileSync(join(root, name), `${JSON.stringify(value, null, 2)}\n`, { mode: fileMode });
  write("context.json", { url: http, token }, 0o600);

  for (const cluster of clusters) {
    const data = join(home, "agents", cluster.name);
    const args = ["--data", data, "--hub", `127.0.0.1:${ports.agents}`];
    if (cluster.kubeconfig !== undefined) args.push("--kubeconfig", cluster.kubeconfig);
    if (cluster.context !== undefined) args.push("--context", cluster.context);
    args.push("--token", await joinToken(http, token, cluster.name, cluster.environment));
    await startProgram("agent", args, join(home, "logs", `agent-${cluster.name}.log`));
  }
  write(
    "demo.json",
    {
      http,
      agents: `127.0.0.1:${ports.agents}`,
      repository: git.url,
      clusters: clusters.map(({ name, kubeconfig }) => ({
        name,
        kubeconfig: kubeconfig ?? process.env["KUBECONFIG"] ?? "",
      })),
    },
    0o644,
  );
  process.stdout.write(banner({ http, repository: git.url, clusters, kind, home, hub: hub.log }));
}

/** Real control planes have no nodes: nothing that waits for a pod would ever be healthy. */
function withoutPods(text: string, path: string): string {
  if (!options.real || path !== "fleet.yaml") return text;
  return text.replaceAll(/replicas: "\d+"/g, 'replicas: "0", databaseReplicas: "0"');
}

/** A token for the first start; an agent that has joined ignores it. */
async function joinToken(http: string, token: string, name: string, environment: string): Promise<string> {
  const { body, statusCode } = await request(`${http}/api/v1/clusters`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ name, labels: { environment } }),
  });
  const answer = (await body.json()) as { token?: string; error?: { code: string; message: string } };
  if (statusCode === 409) return "joined-already";
  if (answer.token === undefined)
    throw new Error(`Cannot join cluster "${name}": ${answer.error?.message ?? statusCode}`);
  return answer.token;
}

try {
  if (options.contexts.length > environments.length)
    say(`more than ${environments.length} contexts: the last ones are all in prod`);
  await main();
} catch (thrown) {
  say(`cannot start: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  await stop(1);
}
