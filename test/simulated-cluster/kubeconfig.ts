import { stringify } from "yaml";

export interface KubeconfigTarget {
  readonly server: string;
  readonly token: string;
  /** PEM of what signed the server's certificate; undefined without TLS. */
  readonly ca: string | undefined;
}

/** A kubeconfig with one context and a bearer token. */
export function kubeconfigOf(name: string, { server, token, ca }: KubeconfigTarget): string {
  const trust = ca === undefined ? {} : { "certificate-authority-data": Buffer.from(ca).toString("base64") };
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server, ...trust } }],
    users: [{ name: "admin", user: { token } }],
    contexts: [{ name, context: { cluster: name, user: "admin" } }],
    "current-context": name,
  });
}
