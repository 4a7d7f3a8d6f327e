import type { ApiAccess } from "./api-request.ts";

/** A kubeconfig with one cluster, user and context, all called "drover-test". JSON, which is YAML too. */
export function renderKubeconfig({ server, ca, token }: ApiAccess): string {
  const name = "drover-test";
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [{ name, cluster: { server, "certificate-authority-data": Buffer.from(ca).toString("base64") } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
