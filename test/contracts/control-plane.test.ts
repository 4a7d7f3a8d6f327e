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
});
