/** "spec" + "replicas" → "spec.replicas"; "metadata.labels" + "app.kubernetes.io/name" → "metadata.labels[app.kubernetes.io/name]". */
export function childPath(path: string, key: string): string {
  if (!/^[A-Za-z_][\w-]*$/.test(key)) return `${path}[${key}]`;
  return path === "" ? key : `${path}.${key}`;
}

/** "containers" + {name: "web"} → "containers[name=web]". */
export function itemPath(path: string, keys: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(keys).map(([key, value]) => `${key}=${text(value)}`);
  return `${path}[${pairs.join(",")}]`;
}

/** "finalizers" + "example.com/hold" → "finalizers[example.com/hold]". */
export function memberPath(path: string, value: unknown): string {
  return `${path}[${text(value)}]`;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
