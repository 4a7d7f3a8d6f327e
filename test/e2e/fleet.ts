import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { request } from "undici";
import type {
  ApplicationView,
  ClusterView,
  DriftView,
  EnvironmentView,
  ObjectView,
  PromotionView,
  RolloutView,
} from "../../common/domain/index.ts";
import type { ControlPlane } from "../controlplane/index.ts";
import { createWorkTree, type GitServer, startGitServer, type WorkTree } from "../git-server/index.ts";
import { type Child, freePort, inCheckout, startChild, until, whenReady } from "../programs/index.ts";
import { type CommandResult, runCommand } from "./run-command.ts";

export interface FleetOptions {
  /** By cluster name: its control plane and labels. Agents start joined to the hub. */
  readonly clusters: Readonly<
    Record<string, { readonly plane: ControlPlane; readonly labels: Readonly<Record<string, string>> }>
  >;
  /** First commit of the trunk. */
  readonly files: Readonly<Record<string, string>>;
  /** Further flags of drover-hub. */
  readonly hub?: readonly string[];
  readonly path?: string;
  /** Further variables of the hub's environment. */
  readonly hubEnv?: Readonly<Record<string, string>>;
}

interface Views {
  readonly clusters: ClusterView;
  readonly environments: EnvironmentView;
  readonly applications: ApplicationView;
  readonly objects: ObjectView;
  readonly drift: DriftView;
  readonly promotions: PromotionView;
  readonly rollouts: RolloutView;
}

/** A hub, its repository behind real git over HTTP, and an agent per cluster: real processes, driven as people would. */
export interface Fleet {
  readonly git: GitServer;
  /** A developer's clone of the trunk. */
  readonly work: WorkTree;
  readonly http: string;
  readonly agentsPort: number;
  readonly token: string;
  readonly hub: Process;
  /** Where the hub keeps keys, mirror and state. */
  readonly hubData: string;
  agent(cluster: string): Process;
  /** Joins a cluster through the CLI and starts its agent; `hubAddress` instead of the hub's own (a proxy); `data` instead of a new folder. */
  join(
    cluster: string,
    plane: Pick<ControlPlane, "kubeconfig">,
    labels: Readonly<Record<string, string>>,
    options?: { readonly replace?: boolean; readonly hubAddress?: string; readonly data?: string },
  ): Promise<void>;
  /** The CLI, from a folder without context. */
  drover(...args: string[]): Promise<CommandResult>;
  /** With another token than the admin's. */
  droverAs(token: string, ...args: string[]): Promise<CommandResult>;
  list<K extends keyof Views>(resource: K, filter?: Readonly<Record<string, string>>): Promise<readonly Views[K][]>;
  /** Waits until the clusters of the environment run this commit and are healthy. */
  healthy(environment: string, revision: string): Promise<void>;
  stop(): Promise<void>;
}

/** One of the programs, which may be killed and started again with the same data. */
export interface Process {
  readonly log: string;
  readonly pid: number;
  start(): Promise<void>;
  kill(): Promise<void>;
  /** SIGTERM; how it ended: "code 0", or "SIGKILL" when it did not go within 30 s. */
  stop(): Promise<string>;
  /** What it has written so far. */
  output(): string;
}

export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const folder = mkdtempSync(join(tmpdir(), "drover-fleet-"));
  const git = await startGitServer();
  const repository = await git.createRepository("fleet");
  const work = await createWorkTree(repository.url);
  await work.commit(options.files, "Describe the fleet");

  const ports = { http: await freePort(), agents: await freePort() };
  const http = `http://127.0.0.1:${ports.http}`;
  // Memory as the charts set it up.
  const env = { ...process.env, PATH: options.path ?? process.env["PATH"], MALLOC_TRIM_THRESHOLD_: "131072" };
  const data = join(folder, "hub");
  git.setWebhook({ url: `${http}/api/v1/webhooks/git` });
  const flags = [
    "--repo",
    repository.url,
    "--data",
    data,
    "--agents",
    `127.0.0.1:${ports.agents}`,
    "--http",
    `127.0.0.1:${ports.http}`,
    "--poll",
    "60s",
  ];
  const hub = createProcess(
    "hub",
    [...flags, ...(options.hub ?? ["--redis", "off"])],
    { folder, env: { ...env, ...options.hubEnv } },
    () => until("the hub to be ready", async () => (await request(`${http}/healthz`)).statusCode === 200 || undefined),
  );
  await hub.start();
  const token = readFileSync(join(data, "admin-token"), "utf8").trim();
  const agents = new Map<string, Process>();

  async function list<K extends keyof Views>(resource: K, filter: Readonly<Record<string, string>> = {}) {
    const query = new URLSearchParams(filter).toString();
    const { body } = await request(`${http}/api/v1/${resource}?${query}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    return ((await body.json()) as { items: Views[K][] }).items;
  }

  const fleet: Fleet = {
    git,
    work,
    http,
    agentsPort: ports.agents,
    token,
    hub,
    hubData: data,
    agent(cluster) {
      const found = agents.get(cluster);
      if (found === undefined) throw new Error(`No agent of "${cluster}"`);
      return found;
    },
    async join(cluster, plane, labels, { replace = false, hubAddress, data } = {}) {
      const words = Object.entries(labels).flatMap(([key, value]) => ["-l", `${key}=${value}`]);
      const joined = await fleet.drover(
        "cluster",
        "join",
        cluster,
        ...words,
        ...(replace ? ["--replace"] : []),
        "-o",
        "json",
      );
      if (joined.code !== 0) throw new Error(joined.stderr);
      const { command } = JSON.parse(joined.stdout) as { command: string };
      const [, ...args] = command.split(" ");
      const agentData = data ?? mkdtempSync(join(folder, `agent-${cluster}-`));
      args.push("--kubeconfig", plane.kubeconfig, "--data", agentData);
      if (hubAddress !== undefined) args.push("--hub", hubAddress);
      const agent = createProcess("agent", args, { folder, env, log: `agent-${cluster}` });
      agents.set(cluster, agent);
      await agent.start();
    },
    drover: (...args) => fleet.droverAs(token, ...args),
    droverAs: (who, ...args) =>
      runCommand(process.execPath, [inCheckout("dist/drover.js"), ...args], {
        cwd: folder,
        env: { ...env, DROVER_URL: http, DROVER_TOKEN: who },
      }),
    list,
    async healthy(environment, revision) {
      const result = await fleet.drover(
        "wait",
        `environment/${environment}`,
        "--for",
        "healthy",
        "--revision",
        revision,
        "--timeout",
        "120s",
      );
      if (result.code !== 0)
        throw new Error(
          `${result.stderr}\n${[...agents.values()].map((agent) => agent.output().slice(-2000)).join("\n")}`,
        );
    },
    async stop() {
      for (const agent of agents.values()) await agent.stop();
      await hub.stop();
      await work.remove();
      await git.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  for (const [name, { plane, labels }] of Object.entries(options.clusters)) await fleet.join(name, plane, labels);
  return fleet;
}

function createProcess(
  program: "hub" | "agent",
  args: readonly string[],
  options: { readonly folder: string; readonly env: NodeJS.ProcessEnv; readonly log?: string },
  ready: () => Promise<unknown> = async () => undefined,
): Process {
  const log = join(options.folder, `${options.log ?? program}.log`);
  let child: Child | undefined;
  return {
    log,
    get pid() {
      if (child === undefined) throw new Error(`${program} is not running`);
      return child.pid;
    },
    async start() {
      child = await startChild(process.execPath, [inCheckout(`dist/${program}.js`), ...args], {
        log,
        env: options.env,
      });
      await whenReady([child], ready);
    },
    async kill() {
      await child?.kill();
    },
    async stop() {
      await child?.stop(30_000);
      return (await child?.ended) ?? "never started";
    },
    output: () => readFileSync(log, "utf8"),
  };
}
