import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createKubeClient } from "../../agent/kube/index.ts";
import { silentLogger } from "../../common/telemetry/index.ts";
import { requestApi, startControlPlane } from "../controlplane/index.ts";
import { asDrover, configMaps } from "./kube-client-stage.ts";
import { type ClusterHandle, configMap, createNamespace, createWire } from "./kube-cluster.ts";
import { clusterOf } from "./real-cluster.ts";
import { createServiceAccount, grant, tokenOf, writeKubeconfig } from "./service-account.ts";

/** A token that ends when this Secret goes. */
async function boundToken(cluster: ClusterHandle, account: string, secret: string): Promise<string> {
  const [namespace = ""] = account.split("/");
  await cluster.raw("POST", `/api/v1/namespaces/${namespace}/secrets`, {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: secret, namespace },
  });
  return tokenOf(cluster, account, secret);
}

test("the token in the file is replaced and the old one revoked → requests and watches go on, none fails", async () => {
  const plane = await startControlPlane();
  onTestFinished(() => plane.stop());
  const cluster = clusterOf(plane);
  const folder = await mkdtemp(join(tmpdir(), "drover-token-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const namespace = await createNamespace(cluster);
  const account = `${namespace}/agent`;
  await createServiceAccount(cluster, account);
  const verbs = ["get", "list", "watch", "create", "patch"];
  await grant(cluster, account, {
    name: "agent",
    in: "",
    rules: [{ apiGroups: [""], resources: ["configmaps"], verbs }],
  });

  const tokenFile = join(folder, "token");
  const first = await boundToken(cluster, account, "first");
  await writeFile(tokenFile, `${first}\n`);
  const path = await writeKubeconfig(cluster, join(folder, "kubeconfig"), {
    "auth-provider": { name: "tokenFile", config: { tokenFile } },
  });
  const wire = await createWire(path);
  onTestFinished(() => wire.stop());
  const client = await createKubeClient({ kubeconfig: wire.kubeconfig, log: silentLogger(), userAgent: "drover-test" });
  onTestFinished(() => client.close());
  await client.apply(configMaps, configMap(namespace, "a", {}), asDrover);

  const seen = new Set<string>();
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const watching = (async () => {
    const options = { metadataOnly: true, fieldSelector: `metadata.namespace=${namespace}`, signal: stop.signal };
    for await (const event of client.watch(configMaps, options)) {
      for (const { metadata } of event.type === "listed" ? event.objects : [event.object]) seen.add(metadata.name);
    }
  })();
  await expect.poll(() => [...seen]).toEqual(["a"]);

  // As the kubelet does it: another file takes the place of the first.
  await writeFile(`${tokenFile}.new`, `${await boundToken(cluster, account, "second")}\n`);
  await rename(`${tokenFile}.new`, tokenFile);
  await cluster.raw("DELETE", `/api/v1/namespaces/${namespace}/secrets/first`);
  const statusOfFirst = async () =>
    (await requestApi({ ...plane, ca: plane.ca, token: first }, { path: `/api/v1/namespaces/${namespace}/configmaps` }))
      .status;
  // The API server believes what it has checked for some seconds.
  await expect.poll(statusOfFirst, { timeout: 30_000, interval: 200 }).toBe(401);

  await client.apply(configMaps, configMap(namespace, "b", {}), asDrover);
  wire.cutConnections();
  await client.apply(configMaps, configMap(namespace, "c", {}), asDrover);
  await expect.poll(() => [...seen].sort()).toEqual(["a", "b", "c"]);
  stop.abort();
  await watching;
});
