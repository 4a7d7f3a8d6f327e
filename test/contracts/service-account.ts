import { readFile, writeFile } from "node:fs/promises";
import { until } from "../programs/index.ts";
import type { ClusterHandle } from "./kube-cluster.ts";

export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

const rbac = "/apis/rbac.authorization.k8s.io/v1";

/** Objects that are there already are left as they are. */
async function ensure(cluster: ClusterHandle, path: string, body: unknown): Promise<void> {
  const { status, body: answer } = await cluster.raw("POST", path, body);
  if (status !== 201 && status !== 409) throw new Error(`Cannot create in ${path}: ${JSON.stringify(answer)}`);
}

/** `account`: "namespace/name". The namespace exists. */
export async function createServiceAccount(cluster: ClusterHandle, account: string): Promise<void> {
  const [namespace = "", name = ""] = account.split("/");
  await ensure(cluster, `/api/v1/namespaces/${namespace}/serviceaccounts`, {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name, namespace },
  });
}

/** Rights in one namespace, or with `in` "" in the whole cluster; in effect when it resolves. */
export async function grant(
  cluster: ClusterHandle,
  account: string,
  { name, in: where, rules }: { readonly name: string; readonly in: string; readonly rules: readonly PolicyRule[] },
): Promise<void> {
  const [namespace = "", accountName = ""] = account.split("/");
  const role = where === "" ? "ClusterRole" : "Role";
  const scope = where === "" ? rbac : `${rbac}/namespaces/${where}`;
  const metadata = where === "" ? { name } : { name, namespace: where };
  await ensure(cluster, `${scope}/${role.toLowerCase()}s`, {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: role,
    metadata,
    rules,
  });
  await ensure(cluster, `${scope}/${role.toLowerCase()}bindings`, {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: `${role}Binding`,
    metadata,
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: role, name },
    subjects: [{ kind: "ServiceAccount", namespace, name: accountName }],
  });
  const user = `system:serviceaccount:${namespace}:${accountName}`;
  for (const rule of rules) {
    const what = `the right of "${account}" to ${rule.verbs[0]} ${rule.resources[0]}`;
    await until(what, async () => (await isAllowed(cluster, user, where, rule)) || undefined);
  }
}

/** Whether the API server's authorizer, which hears of roles a moment after they are written, knows the rule. */
async function isAllowed(
  cluster: ClusterHandle,
  user: string,
  namespace: string,
  { verbs, apiGroups, resources, resourceNames }: PolicyRule,
): Promise<boolean> {
  const [resource, subresource] = resources[0]?.split("/") ?? [];
  const resourceAttributes = {
    verb: verbs[0],
    group: apiGroups[0],
    resource,
    subresource,
    name: resourceNames?.[0],
    namespace,
  };
  const { status, body } = await cluster.raw("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    spec: { user, resourceAttributes },
  });
  if (status !== 201) throw new Error(`Cannot ask what "${user}" may do: ${JSON.stringify(body)}`);
  return (body as { status: { allowed: boolean } }).status.allowed;
}

/** A token of the account; with `boundTo`, the name of a Secret of its namespace, it ends with that Secret. */
export async function tokenOf(cluster: ClusterHandle, account: string, boundTo?: string): Promise<string> {
  const [namespace, name] = account.split("/");
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const bound = boundTo === undefined ? {} : { boundObjectRef: { apiVersion: "v1", kind: "Secret", name: boundTo } };
  const { status, body } = await cluster.raw("POST", path, {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: { expirationSeconds: 3_600, ...bound },
  });
  if (status !== 201) throw new Error(`Cannot get a token for ${account}: ${JSON.stringify(body)}`);
  return (body as { status: { token: string } }).status.token;
}

/** The cluster's kubeconfig, with another user; `user` is what stands there for the token. Returns `path`. */
export async function writeKubeconfig(
  cluster: ClusterHandle,
  path: string,
  user: Readonly<Record<string, unknown>>,
): Promise<string> {
  const config = JSON.parse(await readFile(cluster.kubeconfig, "utf8")) as { users: { name: string }[] };
  const users = config.users.map(({ name }) => ({ name, user }));
  await writeFile(path, JSON.stringify({ ...config, users }), { mode: 0o600 });
  return path;
}
