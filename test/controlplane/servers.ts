import { join } from "node:path";
import { type Child, startChild } from "../programs/index.ts";
import { auditFlags } from "./audit.ts";
import type { ControlPlanePrograms } from "./build.ts";
import type { Credentials } from "./credentials.ts";

export interface ServerSettings {
  readonly programs: ControlPlanePrograms;
  readonly credentials: Credentials;
  /** Logs and etcd's data. */
  readonly folder: string;
  /** Whose requests are written down; undefined: nobody's. */
  readonly auditedUser: string | undefined;
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

export function startApiserver(settings: ServerSettings): Promise<Child> {
  const { programs, credentials, folder, ports, auditedUser } = settings;
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
    ...(auditedUser === undefined ? {} : auditFlags(folder, auditedUser)),
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
    // The API server's own, so that one CA is enough to ask for its health.
    "tls-cert-file": credentials.certificateFile,
    "tls-private-key-file": credentials.certificateKeyFile,
    "leader-elect": "false",
    "kube-api-qps": "500",
    "kube-api-burst": "1000",
  });
}

function start(program: string, folder: string, flags: Readonly<Record<string, string>>): Promise<Child> {
  const args = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
  const name = program.slice(program.lastIndexOf("/") + 1);
  return startChild(program, args, { cwd: folder, log: join(folder, `${name}.log`) });
}
