/** Addresses of pages; pure. */
export type Route =
  | { readonly page: "overview" }
  | { readonly page: "environment"; readonly name: string }
  | { readonly page: "clusters" }
  | { readonly page: "cluster"; readonly name: string }
  | { readonly page: "drift" }
  | { readonly page: "nowhere" };

export function routeOf(path: string): Route {
  const [first = "", second, ...more] = path.split("/").slice(1).map(decoded);
  if (more.length > 0) return { page: "nowhere" };
  if (first === "" && second === undefined) return { page: "overview" };
  if (first === "environments" && second !== undefined && second !== "") return { page: "environment", name: second };
  if (first === "clusters" && second !== undefined && second !== "") return { page: "cluster", name: second };
  if (first === "clusters") return { page: "clusters" };
  if (first === "drift" && second === undefined) return { page: "drift" };
  return { page: "nowhere" };
}

export function environmentPath(name: string): string {
  return `/environments/${encodeURIComponent(name)}`;
}

export function clusterPath(name: string): string {
  return `/clusters/${encodeURIComponent(name)}`;
}

export function titleOf(route: Route): string {
  switch (route.page) {
    case "overview":
      return "Overview";
    case "environment":
    case "cluster":
      return route.name;
    case "clusters":
      return "Clusters";
    case "drift":
      return "Drift";
    case "nowhere":
      return "Not found";
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
