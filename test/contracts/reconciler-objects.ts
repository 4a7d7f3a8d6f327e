import type { Manifest } from "../../common/domain/index.ts";
import type { ClusterHandle } from "./kube-cluster.ts";

export function configMap(
  namespace: string,
  name: string,
  data: Readonly<Record<string, string>> = { key: "1" },
): Manifest {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, data };
}

export function namespaceOf(name: string): Manifest {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name } };
}

export function deployment(namespace: string, name: string, image = "registry.invalid/web:1"): Manifest {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace, labels: { app: name, "app.kubernetes.io/name": name } },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers: [{ name: "web", image, args: ["--port", "80"], ports: [{ containerPort: 80 }] }],
        },
      },
    },
  };
}

const collections: Readonly<Record<string, string>> = {
  ConfigMap: "configmaps",
  Secret: "secrets",
  Service: "services",
  Deployment: "deployments",
  Namespace: "namespaces",
  Ingress: "ingresses",
  StorageClass: "storageclasses",
  CustomResourceDefinition: "customresourcedefinitions",
};

function pathOf(manifest: Manifest): string {
  const { apiVersion, kind, metadata } = manifest;
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const scope = metadata.namespace === undefined ? "" : `/namespaces/${metadata.namespace}`;
  return `${root}${scope}/${collections[kind] ?? `${kind.toLowerCase()}s`}/${metadata.name}`;
}

/** The object as it is in the cluster; undefined when it is not there. */
export async function liveOf(cluster: ClusterHandle, manifest: Manifest): Promise<Manifest | undefined> {
  const { status, body } = await cluster.raw("GET", pathOf(manifest));
  return status === 200 ? (body as Manifest) : undefined;
}

/** A merge patch by another manager. */
export async function edit(
  cluster: ClusterHandle,
  manifest: Manifest,
  patch: unknown,
  manager = "kubectl-edit",
  subresource = "",
): Promise<void> {
  const path = `${pathOf(manifest)}${subresource}?fieldManager=${manager}`;
  const { status, body } = await cluster.raw("PATCH", path, patch, "application/merge-patch+json");
  if (status !== 200) throw new Error(`Cannot edit ${path}: ${JSON.stringify(body)}`);
}

/** Server-side apply by another manager, which takes what it names. */
export async function applyAs(cluster: ClusterHandle, manifest: Manifest, manager: string): Promise<void> {
  const path = `${pathOf(manifest)}?fieldManager=${manager}&force=true`;
  const { status, body } = await cluster.raw("PATCH", path, manifest, "application/apply-patch+yaml");
  if (status !== 200 && status !== 201) throw new Error(`Cannot apply ${path}: ${JSON.stringify(body)}`);
}

/** Whether a field ("f:replicas", "f:image") is among those that a manager has. */
export function hasField(live: Manifest | undefined, manager: string, field: string): boolean {
  const entries = (live?.metadata["managedFields"] ?? []) as { manager: string; fieldsV1: unknown }[];
  return entries.some((entry) => entry.manager === manager && JSON.stringify(entry.fieldsV1).includes(`"${field}"`));
}

export async function remove(cluster: ClusterHandle, manifest: Manifest): Promise<void> {
  const { status, body } = await cluster.raw("DELETE", pathOf(manifest));
  if (status !== 200 && status !== 202) throw new Error(`Cannot delete ${pathOf(manifest)}: ${JSON.stringify(body)}`);
}

/** What the Deployment's controller would say once all pods run. */
export async function makeAvailable(cluster: ClusterHandle, manifest: Manifest): Promise<void> {
  const live = await liveOf(cluster, manifest);
  if (live === undefined) throw new Error(`${pathOf(manifest)} is not there`);
  const generation = live.metadata["generation"];
  const { replicas } = live["spec"] as { replicas: number };
  const at = "2026-01-01T00:00:00Z";
  const condition = (type: string, reason: string) => ({
    type,
    status: "True",
    reason,
    lastTransitionTime: at,
    lastUpdateTime: at,
  });
  const status = {
    observedGeneration: generation,
    replicas,
    updatedReplicas: replicas,
    readyReplicas: replicas,
    availableReplicas: replicas,
    conditions: [
      condition("Available", "MinimumReplicasAvailable"),
      condition("Progressing", "NewReplicaSetAvailable"),
    ],
  };
  await edit(cluster, manifest, { status }, "kube-controller-manager", "/status");
}

/** Data of the inventory ConfigMaps of an environment, by application. */
export async function inventoryOf(
  cluster: ClusterHandle,
  environment: string,
): Promise<Readonly<Record<string, { readonly prune: boolean; readonly objects: readonly (readonly string[])[] }>>> {
  const path = `/api/v1/namespaces/drover-system/configmaps?labelSelector=drover.dev/inventory%3D${environment}`;
  const { body } = await cluster.raw("GET", path);
  const { items } = body as { items: { metadata: { name: string }; data: Record<string, string> }[] };
  const found: Record<string, { prune: boolean; objects: string[][] }> = {};
  for (const { metadata, data } of items) {
    if (!/-\d+$/.test(metadata.name)) continue;
    for (const [application, text] of Object.entries(data)) {
      const { prune, objects } = JSON.parse(text) as { prune: boolean; objects: string[][] };
      found[application] = { prune, objects: [...(found[application]?.objects ?? []), ...objects] };
    }
  }
  return found;
}

/** Creates an object as another manager does that does not apply. */
export async function createAs(cluster: ClusterHandle, manifest: Manifest, manager: string): Promise<void> {
  const path = pathOf(manifest);
  const collection = path.slice(0, path.lastIndexOf("/"));
  const { status, body } = await cluster.raw("POST", `${collection}?fieldManager=${manager}`, manifest);
  if (status !== 201) throw new Error(`Cannot create ${path}: ${JSON.stringify(body)}`);
}
