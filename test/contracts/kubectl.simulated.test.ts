import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { ensureControlPlanePrograms } from "../controlplane/index.ts";
import { createSimulatedClusters } from "../simulated-cluster/index.ts";

const run = promisify(execFile);

/** The real kubectl against a simulated cluster. Standard error is part of what it says. */
async function kubectlOn() {
  const { kubectl } = await ensureControlPlanePrograms();
  const folder = await mkdtemp(join(tmpdir(), "drover-kubectl-"));
  const clusters = await createSimulatedClusters({ controllers: { podReadyMs: 20, jobRunsMs: 20 } });
  onTestFinished(async () => {
    await clusters.close();
    await rm(folder, { recursive: true });
  });
  const { kubeconfig } = await clusters.add("test");
  const env = { ...process.env, KUBECONFIG: kubeconfig, HOME: folder, EDITOR: "sed -i s/web:2/web:3/" };
  const say = async (...args: string[]) => {
    const { stdout, stderr } = await run(kubectl, args, { env, timeout: 30_000 }).catch(
      (error: unknown) => error as { stdout: string; stderr: string },
    );
    return `${stdout}${stderr}`.trim();
  };
  const file = async (name: string, text: string) => {
    const path = join(folder, name);
    await writeFile(path, text);
    return path;
  };
  return { say, file };
}

const manifests = `
apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - { name: web, image: "web:1", ports: [{ containerPort: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
`;

test("kubectl applies on the client's side, sees no change the second time, and looks at the result", async () => {
  const { say, file } = await kubectlOn();
  const path = await file("shop.yaml", manifests);
  expect(await say("apply", "-f", path)).toBe(
    "namespace/shop created\ndeployment.apps/web created\nservice/web created",
  );
  expect(await say("rollout", "status", "-n", "shop", "deploy/web", "--timeout=20s")).toContain(
    "successfully rolled out",
  );
  expect(await say("apply", "-f", path)).toBe(
    "namespace/shop unchanged\ndeployment.apps/web unchanged\nservice/web unchanged",
  );
  expect(await say("get", "deploy", "-n", "shop")).toMatch(
    /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nweb +2\/2 +2 +2 /,
  );
  expect(await say("get", "pods", "-n", "shop", "--no-headers")).toMatch(
    /^(web-\w+-\w+ +1\/1 +Running +0 +\S+\n?){2}$/,
  );
  expect(await say("get", "deploy", "web", "-n", "shop", "-o", "yaml")).toContain("  - lastTransitionTime:");
  expect(await say("describe", "deploy", "web", "-n", "shop")).toContain(
    "2 desired | 2 updated | 2 total | 2 available | 0 unavailable",
  );
  expect(await say("get", "ns", "-w", "--request-timeout=1s")).toContain("kube-system");
  expect(await say("api-resources")).toMatch(/deployments +deploy +apps\/v1 +true +Deployment/);
  expect(await say("version", "-o", "json")).toContain("+simulated");
});

test("kubectl edits, patches, scales, labels and deletes", async () => {
  const { say, file } = await kubectlOn();
  await say("apply", "-f", await file("shop.yaml", manifests));
  const web = ["deployment/web", "-n", "shop"];
  expect(await say("set", "image", ...web, "web=web:2")).toBe("deployment.apps/web image updated");
  expect(await say("edit", ...web)).toBe("deployment.apps/web edited");
  expect(await say("scale", ...web, "--replicas=3")).toBe("deployment.apps/web scaled");
  expect(await say("label", ...web, "team=a")).toBe("deployment.apps/web labeled");
  expect(await say("annotate", ...web, "note=b")).toBe("deployment.apps/web annotated");
  const side = '{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"side:1"}]}}}}';
  expect(await say("patch", ...web, "-p", side)).toBe("deployment.apps/web patched");
  expect(
    await say(
      "get",
      ...web,
      "-o",
      "jsonpath={.spec.replicas} {.spec.template.spec.containers[*].image} {.metadata.labels.team}",
    ),
  ).toBe("3 side:1 web:3 a");
  expect(await say("delete", "ns", "shop", "--timeout=20s")).toBe('namespace "shop" deleted');
  expect(await say("get", "all", "-n", "shop")).toBe("No resources found in shop namespace.");
});

test("kubectl applies on the server's side and is told of conflicts", async () => {
  const { say, file } = await kubectlOn();
  const path = await file("shop.yaml", manifests);
  expect(await say("apply", "--server-side", "--field-manager=drover", "-f", path)).toContain(
    "deployment.apps/web serverside-applied",
  );
  const other = await file("other.yaml", manifests.replace("replicas: 2", "replicas: 4"));
  expect(await say("apply", "--server-side", "--field-manager=other", "-f", other)).toContain(
    'Apply failed with 1 conflict: conflict with "drover": .spec.replicas',
  );
  expect(await say("apply", "--server-side", "--force-conflicts", "--field-manager=other", "-f", other)).not.toContain(
    "conflict",
  );
  expect(await say("get", "deploy", "web", "-n", "shop", "-o", "jsonpath={.spec.replicas}")).toBe("4");
});

test("kubectl creates what it builds itself", async () => {
  const { say } = await kubectlOn();
  expect([
    await say("create", "namespace", "a"),
    await say("create", "configmap", "c", "--from-literal=k=v"),
    await say("create", "secret", "generic", "s", "--from-literal=k=v"),
    await say("create", "deployment", "d", "--image=web:1", "--port=80"),
    await say("expose", "deployment", "d", "--port=80"),
    await say("create", "deployment", "d", "--image=web:1"),
  ]).toEqual([
    "namespace/a created",
    "configmap/c created",
    "secret/s created",
    "deployment.apps/d created",
    "service/d exposed",
    'error: failed to create deployment: deployments.apps "d" already exists',
  ]);
  expect(await say("get", "secret", "s", "-o", "jsonpath={.data.k}")).toBe("dg==");
});
