import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { digestOf } from "../../common/domain/index.ts";
import { describeAgentStore } from "./agent-store.ts";
import { secretStore, secretsOf } from "./agent-store-secrets.ts";
import type { ClusterHandle, MakeCluster } from "./kube-cluster.ts";
import { realCluster } from "./real-cluster.ts";
import { simulatedCluster } from "./simulated-cluster.ts";

const makers: readonly (readonly [string, MakeCluster])[] = [
  ["a simulated cluster", simulatedCluster],
  ["a real control plane", () => realCluster()],
];

describe.each(makers)("Secrets of %s", (name, make) => {
  let cluster: ClusterHandle;

  beforeAll(async () => {
    cluster = await make();
  });
  afterAll(() => cluster?.stop());

  describeAgentStore(`in Secrets of ${name}`, () => secretStore(cluster));

  test("a store stays below 1 MB per Secret, writes what comes together at once, and leaves nothing behind", async () => {
    const given = await secretStore(cluster);
    const contents = Array.from({ length: 1_000 }, (_, index) => Buffer.from(`${index} ${"x".repeat(400)}`));
    await Promise.all(contents.map((content) => given.store.saveContent(digestOf(content), content)));
    await given.store.saveDocument("noise", noise(3_000_000));
    const secrets = await secretsOf(cluster, given.name);
    expect(secrets.length).toBeLessThan(10);
    expect(Math.max(...secrets.map((secret) => JSON.stringify(secret).length))).toBeLessThan(1_048_576);
    await given.store.saveDocument("noise", undefined);
    await given.store.sweep(new Set());
    expect(await secretsOf(cluster, given.name)).toEqual([]);
    await given.close();
  });

  test("what a process that died left half is taken for nothing, and removed", async () => {
    const given = await secretStore(cluster);
    const content = Buffer.from(noise(2_000_000));
    await given.store.saveDocument("log", noise(2_000_000));
    await given.store.saveContent(digestOf(content), content);
    const path = "/api/v1/namespaces/drover-system/secrets";
    // A pack of which one part was not written yet; parts whose document was not.
    for (const { metadata } of await secretsOf(cluster, given.name)) {
      const isLast = /-pack-.*-(\d+)-of-/.exec(metadata.name)?.[1] === "1";
      const isHead = !/-of-\d+$/.test(metadata.name);
      if (isLast || isHead) await cluster.raw("DELETE", `${path}/${metadata.name}`);
    }
    const next = await given.reopen();
    expect([next.hasContent(digestOf(content)), await next.document("log")]).toEqual([false, undefined]);
    expect(await secretsOf(cluster, given.name)).toEqual([]);
    await given.close();
  });
});

/** Text that cannot be compressed much. */
function noise(length: number): string {
  let state = 1;
  const random = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state;
  };
  return Array.from({ length: length / 5 }, () => random().toString(36).slice(-5).padStart(5, "0")).join("");
}
