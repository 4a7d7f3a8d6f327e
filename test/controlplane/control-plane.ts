import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError } from "../../common/errors.ts";
import { type Child, freePort, run, until, whenReady } from "../programs/index.ts";
import { type ApiRequest, type ApiResponse, requestApi } from "./api-request.ts";
import { type AuditedRequest, auditedRequests } from "./audit.ts";
import { ensureReleasePrograms, type Release } from "./build.ts";
import { ensureCredentials } from "./credentials.ts";
import { renderKubeconfig } from "./kubeconfig.ts";
import { etcdFolder, type ServerSettings, startApiserver, startControllerManager, startEtcd } from "./servers.ts";

export interface ControlPlaneOptions {
  /**
   * Controllers of kube-controller-manager to run ("deployment-controller", "namespace-controller", …). None by default: then
   * that program is not started, no Deployment gets its pods and a deleted Namespace stays Terminating.
   */
  readonly controllers?: readonly string[];
  /**
   * Where everything is kept; `stop` leaves it alone, and the next start finds the same cluster in it, at another address.
   * By default a temporary folder that `stop` removes.
   */
  readonly folder?: string;
  /** Which Kubernetes; the oldest without controllers. The newest by default. */
  readonly release?: Release;
  /** "system:serviceaccount:shop:web": `audited` tells what this user asked for. Nobody by default. */
  readonly auditedUser?: string;
}

/** A real Kubernetes API server with its etcd, on free ports of 127.0.0.1. Ends with this process at the latest. */
export interface ControlPlane extends AsyncDisposable {
  readonly folder: string;
  /** Path of a kubeconfig whose user may do everything. */
  readonly kubeconfig: string;
  /** "https://127.0.0.1:12345". */
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  /** Bearer token of that user. */
  readonly token: string;
  /** Of the processes that run now: a restart changes them, after `stop` there are none. */
  readonly pids: Readonly<Partial<Record<keyof Processes, number>>>;
  /** What identifies a cluster: another one after `wipe`. */
  kubeSystemUid(): Promise<string>;
  /** One request with the administrator's rights. */
  request(request: ApiRequest): Promise<ApiResponse>;
  /** What the audited user asked for in this folder, in the order of the answers; a watch when it begins and when it ends. */
  audited(): readonly AuditedRequest[];
  /** Runs kubectl and returns its stdout. */
  kubectl(args: readonly string[], options?: { readonly input?: string }): Promise<string>;
  /** Kills all processes and starts them again, same address, same data: an outage. */
  restart(): Promise<void>;
  /** The same, and etcd loses its data: a cluster made anew under the old address and credentials. */
  wipe(): Promise<void>;
  stop(): Promise<void>;
}

interface Processes {
  readonly etcd: Child;
  readonly kubeApiserver: Child;
  readonly kubeControllerManager?: Child;
}

/**
 * Ready when it resolves: /readyz answers, kube-system and default exist. Takes some 4 s.
 * @throws UNAVAILABLE with the end of the log of the program that failed
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const programs = await ensureReleasePrograms(options.release ?? "newest");
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "drover-control-plane-"));
  mkdirSync(folder, { recursive: true });
  const credentials = ensureCredentials(folder);
  const ports = {
    etcd: await freePort(),
    etcdPeer: await freePort(),
    apiserver: await freePort(),
    controllers: await freePort(),
  };
  const settings: ServerSettings = { programs, credentials, folder, ports, auditedUser: options.auditedUser };
  const server = `https://127.0.0.1:${ports.apiserver}`;
  const kubeconfig = join(folder, "kubeconfig");
  const { token } = credentials;
  let ca = "";
  let running: Processes | undefined;

  const request = (sent: ApiRequest) => requestApi({ server, ca, token }, sent);

  /** UNAVAILABLE for any answer but 200. */
  async function get(path: string): Promise<string> {
    const { status, text } = await request({ path });
    if (status !== 200) throw new AppError("UNAVAILABLE", `${path} answers ${status}: ${text.slice(0, 500)}`);
    return text;
  }

  async function start(): Promise<void> {
    const [etcd, kubeApiserver] = await Promise.all([startEtcd(settings), startApiserver(settings)]);
    running = { etcd, kubeApiserver };
    const probe = async () => {
      // The server makes its certificate before it listens.
      ca = readFileSync(credentials.certificateFile, "utf8");
      await get("/readyz");
      await get("/api/v1/namespaces/kube-system");
      return await get("/api/v1/namespaces/default");
    };
    await whenReady([etcd, kubeApiserver], (signal) => until("the API server", probe, { signal, timeoutMs: 60_000 }));
    writeFileSync(kubeconfig, renderKubeconfig({ server, ca, token }), { mode: 0o600 });

    const { controllers = [] } = options;
    if (controllers.length === 0) return;
    const kubeControllerManager = await startControllerManager(settings, kubeconfig, controllers);
    running = { etcd, kubeApiserver, kubeControllerManager };
    const address = `https://127.0.0.1:${ports.controllers}`;
    const isHealthy = async () => {
      const { status } = await requestApi({ server: address, ca, token }, { path: "/healthz" });
      return status === 200 || undefined;
    };
    await whenReady([kubeControllerManager], (signal) => until("the controllers", isHealthy, { signal }));
  }

  async function kill(): Promise<void> {
    const { etcd, kubeApiserver, kubeControllerManager } = running ?? {};
    running = undefined;
    await Promise.all([kubeControllerManager?.kill(), kubeApiserver?.kill(), etcd?.kill()]);
  }

  async function stop(): Promise<void> {
    await kill();
    if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
  }

  try {
    await start();
  } catch (thrown) {
    await stop();
    throw thrown;
  }

  return {
    folder,
    kubeconfig,
    server,
    get ca() {
      return ca;
    },
    token,
    get pids() {
      return Object.fromEntries(Object.entries(running ?? {}).map(([name, { pid }]) => [name, pid]));
    },
    async kubeSystemUid() {
      const namespace = JSON.parse(await get("/api/v1/namespaces/kube-system")) as { metadata: { uid: string } };
      return namespace.metadata.uid;
    },
    request,
    audited: () => auditedRequests(folder),
    kubectl: (args, { input } = {}) =>
      run(programs.kubectl, ["--kubeconfig", kubeconfig, ...args], input === undefined ? {} : { input }),
    async restart() {
      await kill();
      await start();
    },
    async wipe() {
      await kill();
      rmSync(etcdFolder(folder), { recursive: true, force: true });
      await start();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
