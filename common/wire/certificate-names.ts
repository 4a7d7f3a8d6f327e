/** Name (URI) in the hub's server certificate: agents look for this, not for the host, which may be a tunnel or a balancer. */
export const hubUri = "drover://hub";

/** Name (URI) in an agent's certificate. */
export function clusterUri(cluster: string, clusterUid: string): string {
  return `drover://cluster/${encodeURIComponent(cluster)}/${encodeURIComponent(clusterUid)}`;
}

export function parseClusterUri(uri: string): { readonly cluster: string; readonly clusterUid: string } | undefined {
  const match = /^drover:\/\/cluster\/([^/]+)\/([^/]+)$/.exec(uri);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  try {
    return { cluster: decodeURIComponent(match[1]), clusterUid: decodeURIComponent(match[2]) };
  } catch {
    return undefined;
  }
}

/** URIs among the names of a certificate, given Node's text form of them ("URI:a, DNS:b"). */
export function urisOf(subjectAltName: string | undefined): readonly string[] {
  return (subjectAltName ?? "")
    .split(", ")
    .filter((name) => name.startsWith("URI:"))
    .map((name) => name.slice("URI:".length));
}
