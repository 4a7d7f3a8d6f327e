import { join } from "node:path";
import { AppError } from "../../common/errors.ts";
import { type Child, startChild, tailOf } from "../programs/index.ts";
import type { ControlPlanePrograms } from "./build.ts";
import type { Credentials } from "./credentials.ts";

export interface ServerSettings {
  readonly programs: ControlPlanePrograms;
  readonly credentials: Credentials;
  /** Logs and etcd's data. */
  readonly folder: string;
  readonly ports: Readonly<Record<"etcd" | "etcdPeer" | "apiserver" | "controllers", number>>;
}

export function startEtcd({ programs, folder, ports }: ServerSettings): Promise<Child> {
  const [client, peer] = [`http://127.0.0.1:${ports.etcd}`, `http://127.0.0.1:${ports.etcdPeer}`];
  return start(programs.etcd, folder, {
    name: "drover-test",
    "data-dir": etcdFolder(folder),
    "listen-client-urls": client,
    "advertise-client-urls": client,
    "listen-peer-urls": peer,
    "initial-advertise-peer-urls": peer,
    "initial-cluster": `drover-test=${peer}`,
    // Tests lose no data that matters when the machine loses power.
    "unsafe-no-fsync": "true",
    "log-level": "warn",
  });
}

export function etcdFolder(folder: string): string {
  return join(folder, "etcd");
}

export function startApiserver({ programs, credentials, folder, ports }: ServerSettings): Promise<Child> {
  return start(programs.kubeApiserver, folder, {
    "etcd-servers": `http://127.0.0.1:${ports.etcd}`,
    "bind-address": "127.0.0.1",
    "advertise-address": "127.0.0.1",
    "secure-port": String(ports.apiserver),
    "cert-dir": credentials.certificateFolder,
    "token-auth-file": credentials.tokenFile,
    "service-account-issuer": "https://kubernetes.default.svc",
    "service-account-key-file": credentials.serviceAccountKeyFile,
    "service-account-signing-key-file": credentials.serviceAccountKeyFile,
    "authorization-mode": "RBAC",
    // A /24 would run out of addresses at 254 Services.
    "service-cluster-ip-range": "10.0.0.0/16",
    // No controller makes default ServiceAccounts or takes the taints off fake nodes.
    "disable-admission-plugins": "ServiceAccount,TaintNodesByCondition",
  });
}

export function startControllerManager(
  { programs, credentials, folder, ports }: ServerSettings,
  kubeconfig: string,
  controllers: readonly string[],
): Promise<Child> {
  return start(programs.kubeControllerManager, folder, {
    kubeconfig,
    controllers: controllers.join(","),
    "bind-address": "127.0.0.1",
    "secure-port": String(ports.controllers),
    "cert-dir": credentials.certificateFolder,
    "leader-elect": "false",
    "kube-api-qps": "500",
    "kube-api-burst": "1000",
  });
}

function start(program: string, folder: string, flags: Readonly<Record<string, string>>): Promise<Child> {
  const args = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
  const name = program.slice(program.lastIndexOf("/") + 1);
  return startChild(program, args, { cwd: folder, log: logOf(folder, name) });
}

function logOf(folder: string, name: string): string {
  return join(folder, `${name}.log`);
}

/** The result of `wait`, or an error with the end of the log when one of the processes ends or the wait fails. */
export async function whileRunning<T>(folder: string, children: readonly Child[], wait: Promise<T>): Promise<T> {
  const ends = children.map(async (child) => {
    const how = await child.ended;
    throw startFailed(folder, child, `ended with ${how}`);
  });
  const failed = wait.catch((cause: unknown) => {
    throw startFailed(folder, children.at(-1), "is not ready", cause);
  });
  return await Promise.race([failed, ...ends]);
}

function startFailed(folder: string, child: Child | undefined, how: string, cause?: unknown): AppError {
  const name = child?.name ?? "";
  const why = cause instanceof Error ? `: ${cause.message}` : "";
  const log = logOf(folder, name);
  const message = `Cannot start the control plane: ${name} ${how}${why}\n${log} ends with:\n${tailOf(log)}`;
  return new AppError("UNAVAILABLE", message, { cause });
}
