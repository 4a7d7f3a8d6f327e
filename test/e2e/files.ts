/** Contents of repositories for tests. */

export function fleetYaml(
  environments: readonly {
    readonly name: string;
    readonly branch?: string;
    readonly from?: string;
    readonly promotion?: Readonly<Record<string, unknown>>;
    readonly rollout?: Readonly<Record<string, unknown>>;
    readonly labels: Readonly<Record<string, string>>;
  }[],
): string {
  return [
    "apiVersion: drover.dev/v1alpha1",
    "kind: Fleet",
    "environments:",
    ...environments.flatMap(({ name, branch, from, promotion, rollout, labels }) => [
      `  - name: ${name}`,
      ...(branch === undefined ? [] : [`    branch: ${branch}`]),
      ...(from === undefined ? [] : [`    from: ${from}`]),
      ...(promotion === undefined ? [] : [`    promotion: ${JSON.stringify(promotion)}`]),
      ...(rollout === undefined ? [] : [`    rollout: ${JSON.stringify(rollout)}`]),
      `    clusters: { matchLabels: ${JSON.stringify(labels)} }`,
    ]),
    "",
  ].join("\n");
}

export function applicationYaml(name: string, spec: Readonly<Record<string, unknown>> = {}): string {
  return `${JSON.stringify({ apiVersion: "drover.dev/v1alpha1", kind: "Application", metadata: { name }, spec }, null, 2)}\n`;
}

export function configMap(name: string, data: Readonly<Record<string, string>>, namespace = "default"): string {
  return `${JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, data }, null, 2)}\n`;
}
