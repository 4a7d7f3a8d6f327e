import { fileURLToPath } from "node:url";
import { ensureGoPrograms } from "../programs/index.ts";

export interface RendererPrograms {
  readonly helm: string;
  readonly kustomize: string;
}

/** Always ours, never the ones on PATH: what they print differs from version to version. */
export async function ensureRendererPrograms(): Promise<RendererPrograms> {
  return await ensureGoPrograms({
    name: "renderers",
    folder: fileURLToPath(new URL(".", import.meta.url)),
    packages: { helm: "helm.sh/helm/v3/cmd/helm", kustomize: "sigs.k8s.io/kustomize/kustomize/v5" },
    ldflags: "-s -w",
  });
}
