import { afterAll, beforeAll, expect, test } from "vitest";
import { createSimulatedClusters } from "../simulated-cluster/index.ts";
import { hurried } from "./reconciler-health.ts";
import { deployment, namespaceOf } from "./reconciler-objects.ts";
import { createStage, type ReconcilerStage } from "./reconciler-stage.ts";

let clusters: Awaited<ReturnType<typeof createSimulatedClusters>>;
let stage: ReconcilerStage;

beforeAll(async () => {
  clusters = await createSimulatedClusters();
  const { kubeconfig } = await clusters.add("test");
  stage = createStage({ kubeconfig, raw: () => Promise.reject(new Error("Not used")), stop: () => clusters.close() });
});
afterAll(async () => {
  await stage.stopAll();
  await clusters.close();
});

test("a Deployment whose image cannot be pulled is Degraded with the container's reason, and Healthy once it is mended", async () => {
  const engine = await stage.start({ clock: hurried });
  const assign = (generation: number, image: string) => {
    const web = deployment("shop", "web", image);
    return engine.assign({
      generation,
      applications: { shop: { objects: [namespaceOf("shop"), web], policy: { timeoutSeconds: 86_400 } } },
    });
  };
  const web = deployment("shop", "web");

  await assign(1, "registry.invalid/web:1");
  await expect.poll(() => engine.reported.object(web)).toMatchObject({ health: "Healthy" });
  await assign(2, "registry.invalid/web:broken");
  await expect
    .poll(() => engine.reported.object(web))
    .toMatchObject({
      health: "Degraded",
      message: expect.stringMatching(/: container web: ImagePullBackOff: Back-off pulling image ".*:broken"$/),
    });
  expect(engine.reported.application("shop")?.message).toContain("Deployment shop/web: ");
  await assign(3, "registry.invalid/web:2");
  await expect.poll(() => engine.reported.object(web)).toMatchObject({ health: "Healthy", message: "" });
});
