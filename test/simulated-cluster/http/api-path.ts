/** What the path of a request to one API server names. */
export type ApiPath =
  | { readonly type: "plain"; readonly path: string }
  | {
      readonly type: "resource";
      readonly apiVersion: string;
      readonly plural: string;
      readonly namespace: string;
      readonly name: string | undefined;
      readonly subresource: string | undefined;
    };

/** "/apis/apps/v1/namespaces/shop/deployments/web/scale". Throws URIError on broken escapes. */
export function parseApiPath(path: string): ApiPath {
  const steps = path.split("/").slice(1).map(decodeURIComponent);
  const core = steps[0] === "api";
  const rest = steps.slice(core ? 2 : 3);
  if ((!core && steps[0] !== "apis") || rest.length === 0 || rest[0] === "") return { type: "plain", path };
  const apiVersion = core ? (steps[1] ?? "") : `${steps[1]}/${steps[2]}`;
  const inNamespace = rest[0] === "namespaces" && rest.length > 2 && !["status", "finalize"].includes(rest[2] ?? "");
  const namespace = inNamespace ? (rest[1] ?? "") : "";
  const [plural = "", name, subresource] = inNamespace ? rest.slice(2) : rest;
  return { type: "resource", apiVersion, plural, namespace, name, subresource };
}
