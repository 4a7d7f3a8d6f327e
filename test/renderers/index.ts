import { fileURLToPath } from "node:url";
import { ensureGoPrograms } from "../programs/index.ts";

export interface RendererPrograms {
  readonly helm: string;
  readonly kustomize: string;
}

const helmVersion = "v3.19.4";
const kustomizeVersion = "v5.7.1";
/** Minor version of Kubernetes whose client libraries helm is built with: what charts see when nobody says otherwise. */
const helmKubernetesMinor = "34";

// What the projects' own release builds set; without it helm takes every cluster for Kubernetes 1.20.
const settings = {
  "helm.sh/helm/v3/internal/version.version": helmVersion,
  "helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor": "1",
  "helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor": helmKubernetesMinor,
  "helm.sh/helm/v3/pkg/lint/rules.k8sVersionMajor": "1",
  "helm.sh/helm/v3/pkg/lint/rules.k8sVersionMinor": helmKubernetesMinor,
  "sigs.k8s.io/kustomize/api/provenance.version": kustomizeVersion,
};

/** Always ours, never the ones on PATH: what they print differs from version to version. */
export async function ensureRendererPrograms(): Promise<RendererPrograms> {
  return await ensureGoPrograms({
    name: "renderers",
    folder: fileURLToPath(new URL(".", import.meta.url)),
    packages: { helm: "helm.sh/helm/v3/cmd/helm", kustomize: "sigs.k8s.io/kustomize/kustomize/v5" },
    ldflags: ["-s -w", ...Object.entries(settings).map(([name, value]) => `-X ${name}=${value}`)].join(" "),
  });
}
