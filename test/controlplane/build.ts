import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureGoPrograms, type GoModule, isExecutable } from "../programs/index.ts";

const version = "v1.36.3";
const [major, minor] = version.slice(1).split(".");

const module = {
  name: "controlplane",
  folder: fileURLToPath(new URL(".", import.meta.url)),
  packages: {
    etcd: "go.etcd.io/etcd/server/v3",
    "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
    "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
    kubectl: "k8s.io/kubernetes/cmd/kubectl",
  },
  // Without these the API server calls itself v0.0.0-master.
  ldflags: `-s -w ${[`gitVersion=${version}`, `gitMajor=${major}`, `gitMinor=${minor}`]
    .map((setting) => `-X k8s.io/component-base/version.${setting}`)
    .join(" ")}`,
} satisfies GoModule<string>;

export interface ControlPlanePrograms {
  readonly etcd: string;
  readonly kubeApiserver: string;
  readonly kubeControllerManager: string;
  readonly kubectl: string;
}

/** A program that KUBEBUILDER_ASSETS has is used from there; the others come from the cache, built when they are missing. */
export async function ensureControlPlanePrograms(): Promise<ControlPlanePrograms> {
  const names = Object.keys(module.packages) as (keyof typeof module.packages)[];
  const assets = process.env["KUBEBUILDER_ASSETS"];
  const given = (name: string) => (assets === undefined ? undefined : join(assets, name));
  const isGiven = (name: string) => assets !== undefined && isExecutable(join(assets, name));
  const built = await ensureGoPrograms(
    module,
    names.filter((name) => !isGiven(name)),
  );
  const pathOf = (name: keyof typeof built) => (isGiven(name) ? (given(name) as string) : built[name]);
  return {
    etcd: pathOf("etcd"),
    kubeApiserver: pathOf("kube-apiserver"),
    kubeControllerManager: pathOf("kube-controller-manager"),
    kubectl: pathOf("kubectl"),
  };
}
