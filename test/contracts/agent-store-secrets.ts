import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { gunzipSync, gzipSync } from "node:zlib";
import { createKubeClient } from "../../agent/kube/index.ts";
import type { AgentStore } from "../../agent/ports.ts";
import { createSecretStore } from "../../agent/store/index.ts";
import { silentLogger } from "../../common/telemetry/index.ts";
import type { AgentStoreUnderTest } from "./agent-store.ts";
import { type ClusterHandle, uniqueName } from "./kube-cluster.ts";

interface Secret {
  readonly metadata: { readonly name: string };
  readonly data: Record<string, string>;
}

const path = "/api/v1/namespaces/drover-system/secrets";

/** The Secrets of a store as they are in the cluster. */
export async function secretsOf(cluster: ClusterHandle, name: string): Promise<readonly Secret[]> {
  const { body } = await cluster.raw("GET", `${path}?labelSelector=drover.dev/agent-store%3D${name}`);
  return (body as { items: Secret[] }).items;
}

/** A store of its own in this cluster, and its name. */
export async function secretStore(cluster: ClusterHandle): Promise<AgentStoreUnderTest & { readonly name: string }> {
  const kube = await createKubeClient({
    kubeconfig: cluster.kubeconfig,
    log: silentLogger(),
    userAgent: "drover-test",
  });
  const name = uniqueName("agent");
  const opened = [await createSecretStore(kube, name)];
  return {
    name,
    store: opened[0] as AgentStore,
    async reopen() {
      await opened.at(-1)?.close();
      const next = await createSecretStore(kube, name);
      opened.push(next);
      return next;
    },
    async damage(digest) {
      const hex = Buffer.from(digest, "hex");
      for (const { metadata, data } of await secretsOf(cluster, name)) {
        if (!metadata.name.includes("-pack-")) continue;
        const bytes = gunzipSync(Buffer.from(data["bytes"] ?? "", "base64"));
        if (!bytes.includes(hex)) continue;
        bytes.writeUInt8(33, bytes.indexOf(hex) + 36);
        const damaged = { data: { bytes: gzipSync(bytes).toString("base64") } };
        await cluster.raw("PATCH", `${path}/${metadata.name}`, damaged, "application/merge-patch+json");
      }
      // Nobody is to find it in memory.
      forgetAll();
    },
    async close() {
      await opened.at(-1)?.close();
      await kube.close();
    },
  };
}

/** Lets go of what is remembered for as long as memory lasts. */
function forgetAll(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}
