import { join } from "node:path";
import { ensureGoPrograms, inCheckout, isExecutable, pinnedVersion } from "../programs/index.ts";

export interface ControlPlanePrograms {
  readonly etcd: string;
  readonly kubeApiserver: string;
  readonly kubeControllerManager: string;
  readonly kubectl: string;
}

const packages = {
  etcd: "go.etcd.io/etcd/server/v3",
  "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
  "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
  kubectl: "k8s.io/kubernetes/cmd/kubectl",
};
type Name = keyof typeof packages;

/** "newest" is what the tests run on; "oldest" the oldest that the agent works with, of which there is the API server only. */
export type Release = "newest" | "oldest";

/** The API server of the release, with the other programs of the newest one. */
export async function ensureReleasePrograms(release: Release): Promise<ControlPlanePrograms> {
  const programs = await ensureControlPlanePrograms();
  if (release === "newest") return programs;
  const folder = inCheckout("test/controlplane/oldest");
  const { "kube-apiserver": kubeApiserver } = await ensureGoPrograms({
    name: "controlplane-oldest",
    folder,
    packages: { "kube-apiserver": packages["kube-apiserver"] },
    ldflags: ldflags(folder),
  });
  return { ...programs, kubeApiserver };
}

/** A program that KUBEBUILDER_ASSETS has is used from there; the others come from the cache, built when they are missing. */
export async function ensureControlPlanePrograms(): Promise<ControlPlanePrograms> {
  const assets = process.env["KUBEBUILDER_ASSETS"] ?? "";
  const isGiven = (name: Name) => assets !== "" && isExecutable(join(assets, name));
  const names = (Object.keys(packages) as Name[]).filter((name) => !isGiven(name));
  const folder = inCheckout("test/controlplane");
  const built = await ensureGoPrograms({ name: "controlplane", folder, packages, ldflags: ldflags(folder) }, names);
  const pathOf = (name: Name) => (isGiven(name) ? join(assets, name) : built[name]);
  return {
    etcd: pathOf("etcd"),
    kubeApiserver: pathOf("kube-apiserver"),
    kubeControllerManager: pathOf("kube-controller-manager"),
    kubectl: pathOf("kubectl"),
  };
}

/** Without the versions the API server calls itself v0.0.0-master. */
function ldflags(folder: string): string {
  const version = pinnedVersion(folder, "k8s.io/kubernetes");
  const settings = [`gitVersion=${version.text}`, `gitMajor=${version.major}`, `gitMinor=${version.minor}`];
  return `-s -w ${settings.map((setting) => `-X k8s.io/component-base/version.${setting}`).join(" ")}`;
}
