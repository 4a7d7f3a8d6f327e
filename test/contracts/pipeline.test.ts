import { afterEach, describe, expect, test } from "vitest";
import { applicationYaml, configMap, fleetYaml } from "../e2e/files.ts";
import { createPipelineStage, type PipelineStage } from "./pipeline-stage.ts";

const fleet = fleetYaml([
  { name: "dev", branch: "main", labels: { environment: "dev" } },
  { name: "prod", from: "dev", labels: { environment: "prod" } },
]);
const files = {
  "fleet.yaml": fleet,
  "apps/shop/application.yaml": applicationYaml("shop"),
  "apps/shop/settings.json": configMap("settings", { theme: "light" }),
  "apps/blog/application.yaml": applicationYaml("blog", { dependsOn: ["shop"] }),
  "apps/blog/posts.json": configMap("posts", { count: "1" }),
};

describe("pipeline", () => {
  let stage: PipelineStage;

  afterEach(() => stage.close());

  async function start(more: Readonly<Record<string, string>> = {}): Promise<string> {
    stage = await createPipelineStage({ ...files, ...more });
    await stage.addCluster("one", { environment: "dev" });
    await stage.settle();
    return stage.work.head();
  }

  test("offers what the trunk says, generation by generation", async () => {
    const first = await start();
    expect(stage.header("one", "dev")).toMatchObject({ generation: 1, revision: first });
    expect(stage.content("one", "dev")).toEqual({ blog: ["posts"], shop: ["settings"] });
    const second = await stage.work.commit({ "apps/shop/more.json": configMap("more", {}) }, "More");
    await stage.settle();
    expect(stage.header("one", "dev")).toMatchObject({ generation: 2, revision: second });
    expect(stage.content("one", "dev")).toEqual({ blog: ["posts"], shop: ["more", "settings"] });
  });

  test("rule 1: a commit that changes no content keeps generation and digest", async () => {
    await start();
    const before = stage.header("one", "dev");
    const revision = await stage.work.commit({ "README.md": "hello" }, "Say hello");
    await stage.settle();
    expect(stage.header("one", "dev")).toEqual({ ...before, revision });
  });

  test("a restarted hub offers the same bytes, before and after it has read Git", async () => {
    await start();
    const before = stage.header("one", "dev");
    await stage.restart();
    expect(stage.header("one", "dev")).toEqual(before);
    await stage.settle();
    expect(stage.header("one", "dev")).toEqual(before);
    expect(stage.content("one", "dev")).toEqual({ blog: ["posts"], shop: ["settings"] });
  });

  test("a broken application keeps its last good content, also over a restart; others go on", async () => {
    await start();
    await stage.work.commit(
      { "apps/blog/posts.json": "{ broken", "apps/shop/settings.json": configMap("renamed", {}) },
      "Break blog",
    );
    await stage.settle();
    expect(stage.content("one", "dev")).toEqual({ blog: ["posts"], shop: ["renamed"] });
    expect(stage.state.environments.get("dev")?.applications.get("blog")?.problems[0]).toMatchObject({
      severity: "error",
      position: { file: "apps/blog/posts.json", line: 1 },
    });
    const before = stage.header("one", "dev");
    await stage.restart();
    await stage.settle();
    expect(stage.header("one", "dev")).toEqual(before);
    expect(stage.content("one", "dev")).toEqual({ blog: ["posts"], shop: ["renamed"] });
    await stage.addCluster("two", { environment: "dev" });
    expect(stage.content("two", "dev")).toEqual({ blog: ["posts"], shop: ["renamed"] });
    await stage.work.commit({ "apps/blog/posts.json": configMap("mended", {}) }, "Mend blog");
    await stage.settle();
    expect(stage.content("one", "dev")).toEqual({ blog: ["mended"], shop: ["renamed"] });
    expect(stage.state.environments.get("dev")?.applications.get("blog")?.problems).toEqual([]);
  });

  test("a tenant's application goes to the tenant's clusters, and what it may not bring keeps the last good content", async () => {
    const tenants = (namespaces: string) =>
      `tenants: [{ name: a, applications: [apps/blog], namespaces: [${namespaces}], clusters: { matchLabels: { blogs: "yes" } } }]\n`;
    await start({ "fleet.yaml": fleet + tenants("default") });
    await stage.addCluster("two", { environment: "dev", blogs: "yes" });
    expect(stage.content("one", "dev")).toEqual({ shop: ["settings"] });
    expect(stage.content("two", "dev")).toEqual({ blog: ["posts"], shop: ["settings"] });

    const foreign = configMap("foreign", {}, "kube-system");
    await stage.work.commit({ "apps/blog/foreign.json": foreign }, "Reach out");
    await stage.settle();
    expect(stage.content("two", "dev")).toEqual({ blog: ["posts"], shop: ["settings"] });
    expect(stage.state.environments.get("dev")?.applications.get("blog")?.problems).toMatchObject([
      {
        severity: "error",
        message: 'Tenant "a" may not have ConfigMap kube-system/foreign: expected a namespace like "default"',
        position: { file: "apps/blog/foreign.json", line: 1, path: "metadata.namespace" },
      },
    ]);
    // What was allowed once is not deleted because it is allowed no more.
    await stage.work.commit({ "fleet.yaml": fleet + tenants("elsewhere") }, "Move the tenant");
    await stage.settle();
    expect(stage.content("two", "dev")).toMatchObject({
      blog: expect.stringContaining("elsewhere"),
      shop: ["settings"],
    });
  });

  test("an application that never was good is held with the reason", async () => {
    await start({ "apps/new/application.yaml": applicationYaml("new"), "apps/new/thing.json": "{ broken" });
    expect(stage.content("one", "dev")).toMatchObject({
      blog: ["posts"],
      shop: ["settings"],
      new: expect.stringMatching(/./),
    });
  });

  test("an application that came to render nothing keeps what it had; one that left Git is gone", async () => {
    await start();
    await stage.work.commit({ "apps/blog/posts.json": null }, "Empty blog");
    await stage.settle();
    expect(stage.content("one", "dev")).toEqual({ blog: ["posts"], shop: ["settings"] });
    await stage.work.commit({ "apps/blog": null }, "Drop blog");
    await stage.settle();
    expect(stage.content("one", "dev")).toEqual({ shop: ["settings"] });
  });

  test("an environment that lost all applications keeps them", async () => {
    await start();
    await stage.work.commit({ apps: null }, "Drop everything");
    await stage.settle();
    expect(stage.content("one", "dev")).toEqual({ blog: ["posts"], shop: ["settings"] });
    expect(stage.state.environments.get("dev")?.problems[0]?.severity).toBe("error");
  });

  test("a hub that starts and finds no applications any more keeps what runs, however often", async () => {
    await start();
    const before = stage.header("one", "dev");
    await stage.work.commit({ apps: null }, "Drop everything while the hub is away");
    for (let starts = 0; starts < 2; starts++) {
      await stage.restart();
      await stage.settle();
      expect(stage.header("one", "dev")).toEqual(before);
      expect(stage.content("one", "dev")).toEqual({ blog: ["posts"], shop: ["settings"] });
      expect(stage.state.environments.get("dev")?.problems[0]?.severity).toBe("error");
    }
    await stage.addCluster("two", { environment: "dev" });
    expect(stage.content("one", "dev")).toEqual({ blog: ["posts"], shop: ["settings"] });
  });

  test("a broken fleet.yaml keeps the last good one, also over a restart", async () => {
    await start();
    await stage.work.commit(
      { "fleet.yaml": "kind: [", "apps/shop/more.json": configMap("more", {}) },
      "Break the fleet",
    );
    await stage.settle();
    expect(stage.state.problems[0]).toMatchObject({ severity: "error", position: { file: "fleet.yaml" } });
    expect(stage.content("one", "dev")).toEqual({ blog: ["posts"], shop: ["more", "settings"] });
    await stage.restart();
    await stage.settle();
    expect(stage.content("one", "dev")).toEqual({ blog: ["posts"], shop: ["more", "settings"] });
    await stage.work.commit({ "fleet.yaml": fleet }, "Mend the fleet");
    await stage.settle();
    expect(stage.state.problems).toEqual([]);
  });

  test("an unreachable repository is a problem and changes nothing, also at a start", async () => {
    await start();
    const before = stage.header("one", "dev");
    stage.setRepositoryDown(true);
    await stage.settle();
    expect(stage.state.problems[0]?.message).toContain("Cannot fetch");
    await stage.restart();
    await stage.settle();
    expect([stage.header("one", "dev"), stage.content("one", "dev")]).toEqual([
      before,
      { blog: ["posts"], shop: ["settings"] },
    ]);
    stage.setRepositoryDown(false);
    await stage.settle();
    expect(stage.state.problems).toEqual([]);
  });

  test("a value that one cluster lacks holds back that cluster only", async () => {
    await start({
      "fleet.yaml": `${fleet}clusters:\n  - name: one\n    values: { size: big }\n`,
      "apps/sized/application.yaml": applicationYaml("sized", { substitute: {} }),
      // biome-ignore lint/suspicious/noTemplateCurlyInString: that is the syntax
      "apps/sized/size.json": configMap("size", { size: "${size}" }),
    });
    await stage.addCluster("two", { environment: "dev" });
    expect(stage.content("one", "dev")["sized"]).toEqual(["size"]);
    expect(stage.content("two", "dev")).toMatchObject({ shop: ["settings"], sized: expect.stringContaining("size") });
    expect(stage.state.clusterProblems.get("two")?.get("dev/sized")?.position?.file).toBe("apps/sized/size.json");
  });

  test("a cluster that leaves an environment loses the offer, nothing else; the fleet without the environment likewise", async () => {
    await start();
    await stage.addCluster("one", { environment: "elsewhere" });
    expect(stage.header("one", "dev")).toBeUndefined();
    await stage.addCluster("one", { environment: "dev" });
    expect(stage.content("one", "dev")).toEqual({ blog: ["posts"], shop: ["settings"] });
    await stage.removeCluster("one");
    expect(stage.state.offers.has("one")).toBe(false);
  });

  test("an environment without its branch says so and is served once promote() has made it", async () => {
    const head = await start();
    await stage.addCluster("three", { environment: "prod" });
    expect(stage.header("three", "prod")).toBeUndefined();
    expect(stage.state.environments.get("prod")).toMatchObject({
      pending: head,
      problems: [{ severity: "error", position: { file: "fleet.yaml" } }],
    });
    expect(await stage.promote("prod")).toEqual({
      environment: "prod",
      branch: "env/prod",
      from: null,
      to: head,
      moved: true,
    });
    await stage.settle();
    expect(stage.header("three", "prod")).toMatchObject({ revision: head, generation: 1 });
    expect(stage.state.environments.get("prod")).toMatchObject({ pending: undefined, problems: [] });
  });

  test("promote() is a fast-forward or nothing", async () => {
    const first = await start();
    await stage.promote("prod");
    const second = await stage.work.commit({ "apps/shop/more.json": configMap("more", {}) }, "More");
    await stage.settle();
    expect(stage.state.environments.get("prod")?.pending).toBe(second);
    expect(await stage.promote("prod")).toMatchObject({ from: first, to: second, moved: true });
    await stage.settle();
    expect(await stage.promote("prod")).toMatchObject({ to: second, moved: false });
    await expect(stage.promote("prod", first)).rejects.toMatchObject({ code: "FAILED_PRECONDITION" });
    await expect(stage.promote("dev")).rejects.toMatchObject({ code: "FAILED_PRECONDITION" });
    await expect(stage.promote("nowhere")).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  test("catchUp() never offers a generation that the agent has seen with other content", async () => {
    await start();
    const before = stage.header("one", "dev");
    const greeting = (generation: number, digest: string) => ({
      agentVersion: "",
      kubernetesVersion: "",
      epoch: "other",
      reportLog: "",
      held: [{ environment: "dev", generation, digest, appliedGeneration: 0 }],
    });
    await stage.assigner.catchUp("one", greeting(7, "something else"));
    expect(stage.header("one", "dev")).toEqual({ ...before, generation: 8 });
    await stage.assigner.catchUp("one", greeting(9, before?.digest ?? ""));
    expect(stage.header("one", "dev")).toEqual({ ...before, generation: 9 });
  });
});
