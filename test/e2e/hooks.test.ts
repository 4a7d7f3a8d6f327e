import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ControlPlane, startControlPlane } from "../controlplane/index.ts";
import { until } from "../programs/index.ts";
import { applicationYaml, configMap, fleetYaml } from "./files.ts";
import { type Fleet, startFleet } from "./fleet.ts";

const jobs = "/apis/batch/v1/namespaces/default/jobs";

/** A Job whose controller does not run here: the test says how it ends. */
function migration(image: string): string {
  return [
    "apiVersion: batch/v1",
    "kind: Job",
    "metadata:",
    "  generateName: migrate-",
    "  namespace: default",
    "  annotations: { argocd.argoproj.io/hook: PreSync }",
    "spec:",
    "  template:",
    "    spec:",
    "      restartPolicy: Never",
    `      containers: [{ name: migrate, image: "${image}" }]`,
    "",
  ].join("\n");
}

describe("a hook on its way from Git to a real cluster", () => {
  let plane: ControlPlane;
  let fleet: Fleet;

  beforeAll(async () => {
    plane = await startControlPlane();
    fleet = await startFleet({
      clusters: { east: { plane, labels: { environment: "dev" } } },
      files: {
        "fleet.yaml": fleetYaml([{ name: "dev", branch: "main", labels: { environment: "dev" } }]),
        "apps/shop/application.yaml": applicationYaml("shop", { path: "manifests" }),
        "apps/shop/manifests/settings.json": configMap("settings", { theme: "light" }),
        "apps/shop/manifests/migrate.yaml": migration("registry.invalid/migrate:1"),
      },
    });
  });

  afterAll(async () => {
    await fleet?.stop();
    await plane?.stop();
  });

  async function running(): Promise<readonly { readonly name: string; readonly uid: string }[]> {
    const { text } = await plane.request({ path: jobs });
    const { items } = JSON.parse(text) as { items: { metadata: { name: string; uid: string } }[] };
    return items.map(({ metadata: { name, uid } }) => ({ name, uid }));
  }

  async function end(name: string, isComplete: boolean): Promise<void> {
    const at = "2026-01-01T00:00:00Z";
    const condition = (type: string) => ({
      type,
      status: "True",
      reason: "Test",
      message: "the test says so",
      lastTransitionTime: at,
      lastProbeTime: at,
    });
    const status = isComplete
      ? {
          startTime: at,
          completionTime: at,
          succeeded: 1,
          conditions: [condition("SuccessCriteriaMet"), condition("Complete")],
        }
      : { startTime: at, failed: 1, conditions: [condition("FailureTarget"), condition("Failed")] };
    const answer = await plane.request({
      method: "PATCH",
      path: `${jobs}/${name}/status`,
      body: { status },
      contentType: "application/merge-patch+json",
    });
    expect(answer.status).toBe(200);
  }

  const theme = async () => {
    const { status, text } = await plane.request({ path: "/api/v1/namespaces/default/configmaps/settings" });
    return status === 404 ? undefined : (JSON.parse(text) as { data: { theme: string } }).data.theme;
  };
  const message = async () => (await fleet.list("applications", { environment: "dev" }))[0]?.message ?? "";

  test("fails: nothing is written, the reason is told; asked again: runs again, and the commit arrives", async () => {
    const [first] = await until("the hook to run", async () => {
      const found = await running();
      return found.length === 1 ? found : undefined;
    });
    if (first === undefined) throw new Error("impossible");
    expect(first.name).toMatch(/^migrate-[0-9a-f]{8}$/);
    await end(first.name, false);
    await until("the reason", async () =>
      (await message()).includes(`PreSync hook Job default/${first.name} failed: Test`),
    );
    expect(await theme()).toBeUndefined();

    expect((await fleet.drover("sync", "dev")).code).toBe(0);
    const [second] = await until("another run", async () => {
      const found = await running();
      return found.length === 1 && found[0]?.uid !== first.uid ? found : undefined;
    });
    expect(second?.name).toBe(first.name);
    await end(first.name, true);
    await fleet.healthy("dev", await fleet.work.head());
    expect(await theme()).toBe("light");
  });

  test("a commit elsewhere runs nothing, one in its application does, and an agent killed meanwhile goes on", async () => {
    const [before] = await running();
    await fleet.healthy("dev", await fleet.work.commit({ "docs/notes.md": "nothing\n" }, "Write notes"));
    expect(await running()).toEqual([before]);

    const revision = await fleet.work.commit(
      {
        "apps/shop/manifests/settings.json": configMap("settings", { theme: "dark" }),
        "apps/shop/manifests/migrate.yaml": migration("registry.invalid/migrate:2"),
      },
      "Go dark",
    );
    const [next] = await until("the new hook alone", async () => {
      const found = await running();
      return found.length === 1 && found[0]?.name !== before?.name ? found : undefined;
    });
    if (next === undefined) throw new Error("impossible");
    await fleet.agent("east").kill();
    await end(next.name, true);
    expect(await theme()).toBe("light");
    await fleet.agent("east").start();
    await fleet.healthy("dev", revision);
    expect(await theme()).toBe("dark");
    expect(await running()).toEqual([next]);
  });
});
