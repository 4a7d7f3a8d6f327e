import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type ControlPlane, startControlPlane } from "../controlplane/index.ts";
import { run } from "../programs/index.ts";
import { type Programs, programs } from "../setup.ts";

type Chart = "hub" | "agent";
type Values = Readonly<Record<string, unknown>>;

interface Pod {
  readonly containers: readonly {
    readonly args: readonly string[];
    readonly env: readonly { readonly name: string }[];
    readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  }[];
  readonly volumes: readonly { readonly name: string }[];
}

const namespace = "drover-system";
const chartFolder = (chart: Chart) => fileURLToPath(new URL(`../../charts/${chart}`, import.meta.url));

const url = "https://git.example.com/platform/fleet.git";
const hub = "hub.example.com:8443";

/** Values, and the objects that they are to give. */
const cases: readonly { chart: Chart; title: string; values: Values; objects: readonly string[] }[] = [
  {
    chart: "hub",
    title: "with a repository and nothing else",
    values: { repository: { url } },
    objects: [
      "serviceaccount/test-drover-hub",
      "persistentvolumeclaim/test-drover-hub-data",
      "service/test-drover-hub",
      "deployment.apps/test-drover-hub",
    ],
  },
  {
    chart: "hub",
    title: "with everything that the chart can make",
    values: {
      fullnameOverride: "fleet",
      image: { repository: "mirror/drover/hub", digest: `sha256:${"a".repeat(64)}` },
      imagePullSecrets: [{ name: "mirror" }],
      repository: { url, username: "robot", password: "p w+/@", trunk: "trunk", poll: "1m", sshSecret: "fleet-ssh" },
      webhook: { secret: "shared" },
      forge: { kind: "gitea", url: "https://git.example.com", token: "forge" },
      publicUrl: "https://drover.example.com",
      notify: { url: "https://chat.example.com/hook", secret: "notify" },
      signing: { existingSecret: "signing", allowedSigners: "drover@example.com ssh-ed25519 AAAA\n" },
      advertise: ["hub.example.com", "10.1.2.3"],
      logLevel: "debug",
      redis: { url: "redis://redis:6379" },
      persistence: { storageClassName: "fast", annotations: { "example.com/backup": "daily" } },
      service: {
        type: "LoadBalancer",
        loadBalancerSourceRanges: ["10.0.0.0/8"],
        annotations: { "example.com/lb": "on" },
      },
      ingress: {
        enabled: true,
        className: "nginx",
        hosts: [{ host: "drover.example.com", paths: ["/"] }],
        tls: [{ hosts: ["drover.example.com"], secretName: "drover-tls" }],
      },
      networkPolicy: { enabled: true, from: [{ ipBlock: { cidr: "10.0.0.0/8" } }] },
      priorityClassName: "system-cluster-critical",
      nodeSelector: { "kubernetes.io/arch": "amd64" },
      tolerations: [{ operator: "Exists" }],
      affinity: { nodeAffinity: {} },
      podAnnotations: { "example.com/pod": "annotation" },
      podLabels: { "example.com/pod": "label" },
      extraArgs: ["--trunk=other"],
      extraEnv: [{ name: "GIT_SSL_CAINFO", value: "/etc/ca/ca.crt" }],
      extraVolumes: [{ name: "ca", configMap: { name: "ca" } }],
      extraVolumeMounts: [{ name: "ca", mountPath: "/etc/ca", readOnly: true }],
    },
    objects: [
      "networkpolicy.networking.k8s.io/fleet",
      "serviceaccount/fleet",
      "secret/fleet-repository",
      "secret/fleet-webhook",
      "secret/fleet-redis",
      "secret/fleet-forge",
      "secret/fleet-notify",
      "configmap/fleet-signers",
      "persistentvolumeclaim/fleet-data",
      "service/fleet",
      "deployment.apps/fleet",
      "ingress.networking.k8s.io/fleet",
    ],
  },
  {
    chart: "hub",
    title: "with everything made elsewhere",
    values: {
      repository: { url, existingSecret: "repository" },
      webhook: { existingSecret: "webhook" },
      forge: { existingSecret: "forge" },
      notify: { url: "https://chat.example.com/hook", existingSecret: "notify" },
      redis: { existingSecret: "redis" },
      persistence: { existingClaim: "data" },
      serviceAccount: { create: false },
    },
    objects: ["service/test-drover-hub", "deployment.apps/test-drover-hub"],
  },
  {
    chart: "agent",
    title: "with a join token",
    values: { join: { token: "drover1.abc" } },
    objects: [
      "serviceaccount/test-drover-agent",
      "secret/test-drover-agent-join",
      "persistentvolumeclaim/test-drover-agent-data",
      "clusterrolebinding.rbac.authorization.k8s.io/test-drover-agent",
      "deployment.apps/test-drover-agent",
    ],
  },
  {
    chart: "agent",
    title: "with few rights, probes and a network policy",
    values: {
      hub,
      join: { existingSecret: "join" },
      persistence: { enabled: false },
      rbac: { clusterAdmin: false, rules: [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["get"] }] },
      networkPolicy: { enabled: true },
      livenessProbe: { exec: { command: ["true"] } },
      readinessProbe: { exec: { command: ["true"] } },
      nodeSelector: { "kubernetes.io/arch": "amd64" },
      tolerations: [{ operator: "Exists" }],
      extraArgs: ["--data=/elsewhere"],
      extraEnv: [{ name: "HTTPS_PROXY", value: "http://proxy:3128" }],
      extraVolumes: [{ name: "elsewhere", emptyDir: {} }],
      extraVolumeMounts: [{ name: "elsewhere", mountPath: "/elsewhere" }],
    },
    objects: [
      "networkpolicy.networking.k8s.io/test-drover-agent",
      "serviceaccount/test-drover-agent",
      "clusterrole.rbac.authorization.k8s.io/test-drover-agent",
      "clusterrolebinding.rbac.authorization.k8s.io/test-drover-agent",
      "role.rbac.authorization.k8s.io/test-drover-agent",
      "rolebinding.rbac.authorization.k8s.io/test-drover-agent",
      "deployment.apps/test-drover-agent",
    ],
  },
  {
    chart: "agent",
    title: "with its state in Secrets",
    values: { hub, persistence: { secrets: true } },
    objects: [
      "serviceaccount/test-drover-agent",
      "clusterrolebinding.rbac.authorization.k8s.io/test-drover-agent",
      "deployment.apps/test-drover-agent",
    ],
  },
  {
    chart: "agent",
    title: "with everything made elsewhere",
    values: { hub, persistence: { existingClaim: "data" }, serviceAccount: { create: false }, rbac: { create: false } },
    objects: ["deployment.apps/test-drover-agent"],
  },
];

const wrong: readonly { chart: Chart; title: string; values: Values; words: string }[] = [
  { chart: "hub", title: "no repository", values: {}, words: "repository.url is missing" },
  {
    chart: "hub",
    title: "an unknown value",
    values: { repository: { url }, replicas: 2 },
    words: "'replicas' not allowed",
  },
  {
    chart: "hub",
    title: "credentials inside the URL",
    values: { repository: { url: "https://u:p@h/r.git" } },
    words: "/repository/url",
  },
  {
    chart: "hub",
    title: "a user without a password",
    values: { repository: { url, username: "u" } },
    words: "/repository/password",
  },
  {
    chart: "hub",
    title: "a poll without a unit",
    values: { repository: { url, poll: "15" } },
    words: "/repository/poll",
  },
  {
    chart: "hub",
    title: "a port that is none",
    values: { repository: { url }, service: { httpPort: 0 } },
    words: "/service/httpPort",
  },
  {
    chart: "hub",
    title: "an ingress without hosts",
    values: { repository: { url }, ingress: { enabled: true } },
    words: "/ingress/hosts",
  },
  {
    chart: "hub",
    title: "a forge that it does not know",
    values: { repository: { url }, forge: { kind: "cvs" } },
    words: "/forge/kind",
  },
  {
    chart: "hub",
    title: "signers without a key of its own",
    values: { repository: { url }, signing: { allowedSigners: "a ssh-ed25519 AAAA" } },
    words: "/signing/existingSecret",
  },
  {
    chart: "hub",
    title: "OpenPGP keys without a key of its own",
    values: { repository: { url }, signing: { allowedKeys: "-----BEGIN" } },
    words: "/signing/existingSecret",
  },
  { chart: "agent", title: "a hub without a port", values: { hub: "hub.example.com" }, words: "/hub" },
  {
    chart: "agent",
    title: "rules that would do nothing",
    values: { hub, rbac: { rules: [{ verbs: ["get"] }] } },
    words: "/rbac/clusterAdmin",
  },
];

describe("charts", () => {
  let controlPlane: ControlPlane;
  let tools: Programs;

  beforeAll(async () => {
    tools = await programs();
    controlPlane = await startControlPlane();
    await controlPlane.kubectl(["create", "namespace", namespace]);
  });
  afterAll(() => controlPlane?.stop());

  const template = (chart: Chart, values: Values, releaseNamespace = namespace) =>
    run(tools.helm, ["template", "test", chartFolder(chart), "--namespace", releaseNamespace, "--values", "-"], {
      input: JSON.stringify(values),
    });
  const apply = (manifests: string, ...flags: readonly string[]) =>
    controlPlane.kubectl(["apply", "--server-side", "--validate=strict", "--output=name", ...flags, "--filename=-"], {
      input: manifests,
    });

  test.each<Chart>(["hub", "agent"])("helm lint finds nothing in the chart of the %s", async (chart) => {
    expect(await run(tools.helm, ["lint", "--strict", "--quiet", chartFolder(chart)])).toBe("");
  });

  test.each<Chart>(["hub", "agent"])("the README of the chart of the %s names every value", (chart) => {
    const readme = readFileSync(`${chartFolder(chart)}/README.md`, "utf8");
    const values = parse(readFileSync(`${chartFolder(chart)}/values.yaml`, "utf8")) as Values;
    expect(pathsOf(values).filter((path) => !readme.includes(`\`${path}\``))).toEqual([]);
  });

  for (const { chart, title, values, objects } of cases) {
    test(`the API server accepts what the chart of the ${chart} renders ${title}`, async () => {
      const names = await apply(await template(chart, values), "--dry-run=server");
      expect(names.trim().split("\n")).toEqual(objects);
    });
  }

  for (const { chart, title, values, words } of wrong) {
    test(`the chart of the ${chart} refuses ${title}`, async () => {
      await expect(template(chart, values)).rejects.toThrow(words);
    });
  }

  test("the chart of the agent refuses few rights outside of the namespace of its inventory", async () => {
    const values = { hub, rbac: { clusterAdmin: false } };
    await expect(template("agent", values, "elsewhere")).rejects.toThrow(`install into the namespace "${namespace}"`);
  });

  test("the chart of the hub tells it what to advertise, the Service's name last", async () => {
    const text = await template("hub", {
      repository: { url },
      advertise: ["hub.example.com"],
      service: { agentsPort: 9443 },
    });
    expect(
      /args:\n((?: +- .*\n)+)/
        .exec(text)?.[1]
        ?.trim()
        .split(/\s*- --/)
        .slice(1),
    ).toEqual([
      `repo=${url}`,
      "trunk=main",
      "poll=15s",
      "data=/data",
      "agents=0.0.0.0:9443",
      "http=0.0.0.0:8080",
      "advertise=hub.example.com,test-drover-hub.drover-system.svc",
      "log-level=info",
    ]);
  });

  test("the chart of the hub tells it where the forge, people and keys are", async () => {
    const text = await template("hub", {
      repository: { url },
      forge: { kind: "gitlab", url: "https://git.example.com", existingSecret: "robot" },
      publicUrl: "https://drover.example.com",
      notify: { url: "https://chat.example.com/hook", secret: "n" },
      signing: {
        existingSecret: "keys",
        allowedSigners: "drover@example.com ssh-ed25519 AAAA",
        allowedKeys: "-----BEGIN",
      },
    });
    const deployment = text
      .split(/^---$/m)
      .map((each) => parse(each) as { kind: string; spec: { template: { spec: Pod } } } | null)
      .find((each) => each?.kind === "Deployment");
    const pod = deployment?.spec.template.spec;
    const [container] = pod?.containers ?? [];
    expect(container?.args.slice(8)).toEqual([
      "--forge=gitlab",
      "--forge-url=https://git.example.com",
      "--forge-token-file=/etc/drover/forge/token",
      "--public-url=https://drover.example.com",
      "--notify-url=https://chat.example.com/hook",
      "--signing-key=/etc/drover/signing/key",
      "--allowed-signers=/etc/drover/signers/allowed_signers",
      "--allowed-keys=/etc/drover/signers/allowed_keys",
    ]);
    expect(container?.env.find(({ name }) => name === "DROVER_NOTIFY_SECRET")).toMatchObject({
      valueFrom: { secretKeyRef: { name: "test-drover-hub-notify", key: "secret" } },
    });
    expect(container?.volumeMounts.slice(2).map(({ name, mountPath }) => [name, mountPath])).toEqual([
      ["forge", "/etc/drover/forge"],
      ["signing", "/etc/drover/signing"],
      ["signers", "/etc/drover/signers"],
    ]);
    expect(pod?.volumes.slice(2)).toMatchObject([
      { name: "forge", secret: { secretName: "robot" } },
      { name: "signing", secret: { secretName: "keys" } },
      { name: "signers", configMap: { name: "test-drover-hub-signers" } },
    ]);
  });

  test("the chart of the hub keeps passwords out of all but Secrets", async () => {
    const secrets = {
      repository: { url, username: "robot", password: "p1!" },
      webhook: { secret: "p2!" },
      redis: { url: "redis://:p3@r" },
      forge: { token: "p4!" },
      notify: { secret: "p5!" },
    };
    const text = await template("hub", secrets);
    expect(["p1!", "p2!", "p3@r", "p4!", "p5!"].filter((password) => text.includes(password))).toEqual([]);
  });

  test("the chart of the agent gives with clusterAdmin false the inventory, the rules and no more", async () => {
    const rules = [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["get", "patch"] }];
    await controlPlane.request({ method: "POST", path: "/api/v1/namespaces", body: { metadata: { name: "checks" } } });
    const gateJobs = { namespaces: ["checks"] };
    await apply(await template("agent", { hub, gateJobs, rbac: { clusterAdmin: false, rules } }));
    // All that "drover logs" and "drover events" look through between an application's objects and its pods.
    const apps = ["deployments", "statefulsets", "daemonsets", "replicasets"].map((each) => `apps/${each}`);
    const owners = [...apps, "batch/cronjobs", "batch/jobs"];
    const allowed = async (verb: string, resource: string, inNamespace: string) => {
      const as = `system:serviceaccount:${namespace}:test-drover-agent`;
      const { text } = await controlPlane.request({
        method: "POST",
        path: "/apis/authorization.k8s.io/v1/subjectaccessreviews",
        body: {
          apiVersion: "authorization.k8s.io/v1",
          kind: "SubjectAccessReview",
          spec: { user: as, resourceAttributes: { verb, ...attributesOf(resource), namespace: inNamespace } },
        },
      });
      return (JSON.parse(text) as { status: { allowed: boolean } }).status.allowed;
    };
    const rights = async () => ({
      inventory: await allowed("patch", "configmaps", namespace),
      identity: await allowed("get", "namespaces/kube-system", ""),
      rule: await allowed("patch", "apps/deployments", "shop"),
      verbNotInRule: await allowed("delete", "apps/deployments", "shop"),
      configMapsElsewhere: await allowed("get", "configmaps", "shop"),
      logs: await allowed("get", "pods/log", "shop"),
      owners: await Promise.all(owners.map((kind) => allowed("list", kind, "shop"))),
      deleteOwners: await Promise.all(owners.map((kind) => allowed("delete", kind, "shop"))),
      gateJobs: await allowed("create", "batch/jobs", "checks"),
      gateJobsElsewhere: await allowed("create", "batch/jobs", "shop"),
      exec: await allowed("create", "pods/exec", "shop"),
      hooks: await allowed("patch", "secrets", namespace),
      secretsElsewhere: await allowed("get", "secrets", "shop"),
    });
    // The API server hears of roles a moment after they are written.
    await expect.poll(rights).toEqual({
      inventory: true,
      identity: true,
      rule: true,
      verbNotInRule: false,
      configMapsElsewhere: false,
      logs: true,
      owners: owners.map(() => true),
      deleteOwners: owners.map(() => false),
      gateJobs: true,
      gateJobsElsewhere: false,
      exec: false,
      hooks: true,
      secretsElsewhere: false,
    });
    await apply(await template("agent", { hub, logs: false, rbac: { clusterAdmin: false, rules } }));
    await expect.poll(() => allowed("get", "pods/log", "shop")).toBe(false);
  });
});

/** "apps/deployments" → group and resource, "namespaces/kube-system" → resource and name. */
function attributesOf(text: string): Readonly<Record<string, string>> {
  const [first = "", second] = text.split("/");
  if (second === undefined) return { resource: first };
  if (first === "pods") return { resource: first, subresource: second };
  return first === "namespaces" ? { resource: first, name: second } : { group: first, resource: second };
}

/** "image.tag" and the like; what goes to Kubernetes as it is counts as one value. */
function pathsOf(values: Values): readonly string[] {
  const opaque = ["resources", "podSecurityContext", "securityContext"];
  return Object.entries(values).flatMap(([key, value]) =>
    typeof value === "object" &&
    value !== null &&
    Object.keys(value).length > 0 &&
    !opaque.includes(key) &&
    !Array.isArray(value)
      ? Object.keys(value).map((inner) => `${key}.${inner}`)
      : [key],
  );
}
