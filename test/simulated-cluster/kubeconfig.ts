import { stringify } from "yaml";

/** A kubeconfig with one context, for a server without TLS and a bearer token. */
export function kubeconfigOf(name: string, server: string, token: string): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server } }],
    users: [{ name: "admin", user: { token } }],
    contexts: [{ name, context: { cluster: name, user: "admin" } }],
    "current-context": name,
  });
}
