import { ensureGoPrograms, inCheckout, pinnedVersion } from "../programs/index.ts";

export interface RendererPrograms {
  readonly helm: string;
  readonly kustomize: string;
}

const packages = { helm: "helm.sh/helm/v3/cmd/helm", kustomize: "sigs.k8s.io/kustomize/kustomize/v5" };

/** Always ours, never the ones on PATH: what they print differs from version to version. */
export async function ensureRendererPrograms(): Promise<RendererPrograms> {
  const folder = inCheckout("test/renderers");
  return await ensureGoPrograms({ name: "renderers", folder, packages, ldflags: ldflags(folder) });
}

/** What the projects' own release builds set. Without it helm takes every cluster for Kubernetes 1.20. */
function ldflags(folder: string): string {
  const kubernetesMinor = pinnedVersion(folder, "k8s.io/client-go").minor;
  const settings = {
    "helm.sh/helm/v3/internal/version.version": pinnedVersion(folder, "helm.sh/helm/v3").text,
    "helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor": "1",
    "helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor": kubernetesMinor,
    "helm.sh/helm/v3/pkg/lint/rules.k8sVersionMajor": "1",
    "helm.sh/helm/v3/pkg/lint/rules.k8sVersionMinor": kubernetesMinor,
    "sigs.k8s.io/kustomize/api/provenance.version": pinnedVersion(folder, "sigs.k8s.io/kustomize/kustomize/v5").text,
  };
  return ["-s -w", ...Object.entries(settings).map(([name, value]) => `-X ${name}=${value}`)].join(" ");
}
