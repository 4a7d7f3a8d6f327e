import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ControlPlane, startControlPlane } from "../controlplane/index.ts";

describe("startControlPlane()", () => {
  let controlPlane: ControlPlane;

  beforeAll(async () => {
    controlPlane = await startControlPlane();
  });
  afterAll(() => controlPlane.stop());

  const configMapNames = async () => {
    const names = await controlPlane.kubectl(["get", "configmaps", "-n", "default", "-o", "name"]);
    return names.split("\n").filter((name) => name.includes("greeting"));
  };
  const applyGreeting = () =>
    controlPlane.kubectl(["apply", "--server-side", "-f", "-"], {
      input: JSON.stringify({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "greeting", namespace: "default" },
        data: { text: "hello" },
      }),
    });

  test("startControlPlane() gives the API server of the pinned version", async () => {
    const { text } = await controlPlane.request({ path: "/version" });
    expect(JSON.parse(text)).toMatchObject({ gitVersion: "v1.36.3", major: "1", minor: "36" });
  });

  test("restart() keeps what was applied, wipe() leaves an empty cluster under the same address", async () => {
    const uid = await controlPlane.kubeSystemUid();
    const { server, token, ca, pids } = controlPlane;
    await applyGreeting();

    await controlPlane.restart();
    expect(await configMapNames()).toEqual(["configmap/greeting"]);
    expect(await controlPlane.kubeSystemUid()).toBe(uid);
    expect(controlPlane.pids).not.toEqual(pids);

    await controlPlane.wipe();
    expect(await configMapNames()).toEqual([]);
    expect(await controlPlane.kubeSystemUid()).not.toBe(uid);
    expect(controlPlane).toMatchObject({ server, token, ca });
  });

  test("startControlPlane() finds the cluster that a folder holds", async () => {
    const folder = mkdtempSync(join(tmpdir(), "drover-kept-"));
    const first = await startControlPlane({ folder });
    const uid = await first.kubeSystemUid();
    await first.stop();
    const second = await startControlPlane({ folder });
    expect(await second.kubeSystemUid()).toBe(uid);
    await second.stop();
    rmSync(folder, { recursive: true });
  });

  test("startControlPlane() runs the controllers that are asked for", async () => {
    await using other = await startControlPlane({ controllers: ["namespace-controller"] });
    await other.kubectl(["create", "namespace", "short-lived"]);
    await other.kubectl(["delete", "namespace", "short-lived", "--timeout=60s"]);
    expect(Object.keys(other.pids)).toEqual(["etcd", "kubeApiserver", "kubeControllerManager"]);
  });

  test("startControlPlane() shows the last words of a program that does not start", async () => {
    await expect(startControlPlane({ controllers: ["nonsense"] })).rejects.toThrow(
      "not in the list of known controllers",
    );
  });
});
