import { afterEach, describe, expect, test } from "vitest";
import { applicationYaml, configMap } from "../e2e/files.ts";
import { until } from "../programs/index.ts";
import { createPipelineStage, type PipelineStage } from "./pipeline-stage.ts";

const environment = (name: string, from: string, more: string) =>
  `  - { name: ${name}, from: ${from}, clusters: { matchLabels: { ${name}: "1" } }, values: { size: "3" }, promotion: { ${more} } }\n`;
const fleet = (environments: string) => `apiVersion: drover.dev/v1alpha1
kind: Fleet
environments:
  - { name: dev, clusters: { matchLabels: { dev: "1" } }, values: { size: "3" } }
${environments}clusters: [{ name: c2, values: { size: "5" } }]
`;
const files = {
  "fleet.yaml": fleet(environment("prod", "dev", "branch: rendered") + environment("plain", "dev", "branch: pointer")),
  "apps/shop/application.yaml": applicationYaml("shop", { path: "parts/${size}", substitute: {} }),
  "apps/shop/parts/3/a.json": configMap("a", { cluster: "${cluster}", price: "$${x}", count: "${size}" }),
  "apps/shop/parts/5/a.json": configMap("a", { big: "0755" }),
  "apps/shop/parts/5/b.yaml":
    "apiVersion: v1\nkind: Secret\nmetadata: {name: b}\nstringData: {yes: \"no\", n: '1e3'}\n",
};

describe("an environment with a rendered branch", () => {
  let stage: PipelineStage;
  afterEach(() => stage.close());

  async function start(more: Readonly<Record<string, string>> = {}, promoting = false): Promise<string> {
    stage = await createPipelineStage({ ...files, ...more }, { promoting });
    for (const name of ["c1", "c2"]) await stage.addCluster(name, { prod: "1", plain: "1", staging: "1" });
    await stage.settle();
    return stage.work.head();
  }
  const tip = (branch: string) => stage.git.branches().get(branch);

  test("gives every cluster the objects of pointer mode, from the branch alone", async () => {
    const first = await start();
    await stage.promote("plain");
    const { to } = await stage.promote("prod");
    await stage.settle();
    expect([tip("env/prod"), tip("env/prod-next"), tip("env/plain")]).toEqual([to, to, first]);
    for (const cluster of ["c1", "c2"]) {
      expect([cluster, stage.objects(cluster, "prod")]).toEqual([cluster, stage.objects(cluster, "plain")]);
    }
    expect(stage.content("c2", "prod")).toEqual({ shop: ["a", "b"] });
    expect(stage.state.environments.get("prod")).toMatchObject({ revision: to, pending: undefined, problems: [] });
    const before = [stage.header("c1", "prod"), stage.header("c2", "prod")];
    await stage.restart();
    await stage.settle();
    expect([stage.header("c1", "prod"), stage.header("c2", "prod")]).toEqual(before);
    expect(await stage.promote("prod")).toMatchObject({ moved: false });

    const second = await stage.work.commit({ "apps/shop/parts/3/a.json": configMap("a", { count: "9" }) }, "More");
    await stage.settle();
    expect(stage.state.environments.get("prod")?.pending).toBe(second);
    expect(await stage.promote("prod")).toMatchObject({ from: to, moved: true });
    await stage.promote("plain");
    await stage.settle();
    for (const cluster of ["c1", "c2"]) {
      expect([cluster, stage.objects(cluster, "prod")]).toEqual([cluster, stage.objects(cluster, "plain")]);
    }
    // c2 has other parts: nothing of it changed, so nothing is told to it but the revision.
    expect(stage.header("c2", "prod")?.digest).toBe(before[1]?.digest);
    await expect(stage.promote("prod", first)).rejects.toThrow(
      `line: Branch "env/prod" is at a newer commit, ${second.slice(0, 12)}: drover rollback takes it back`,
    );
  });

  test("that was a pointer before changes nothing for its clusters, then or with its next promotion", async () => {
    const pointer = fleet(environment("prod", "dev", "branch: pointer"));
    const first = await start({ "fleet.yaml": pointer });
    await stage.promote("prod");
    await stage.settle();
    const before = stage.objects("c1", "prod");
    const second = await stage.work.commit({ "fleet.yaml": files["fleet.yaml"] }, "Render it");
    await stage.settle();
    expect([tip("env/prod"), stage.content("c1", "prod")]).toEqual([first, { shop: ["a"] }]);
    await stage.promote("prod", second);
    await stage.settle();
    expect([stage.state.environments.get("prod")?.revision === tip("env/prod"), stage.objects("c1", "prod")]).toEqual([
      true,
      before,
    ]);
    // And back: the pointer goes on along the trunk.
    const third = await stage.work.commit({ "fleet.yaml": pointer }, "Point to it");
    await stage.settle();
    await stage.promote("prod", third);
    await stage.settle();
    expect([stage.objects("c1", "prod"), Object.keys(stage.content("c1", "prod"))]).toEqual([before, ["shop"]]);
    expect(await stage.git.isAncestor(third, tip("env/prod") ?? "")).toBe(true);
  });

  test("does not get a commit that cannot be rendered for it: dev has it, prod stays, and says why", async () => {
    await start();
    const { to } = await stage.promote("prod");
    await stage.settle();
    await stage.work.commit({ "apps/shop/parts/5/b.yaml": "kind: Secret\n" }, "Broken");
    await stage.settle();
    await expect(stage.promote("prod")).rejects.toThrow(
      'line: It cannot be rendered: apps/shop/parts/5/b.yaml:1 apiVersion: Missing field "apiVersion"',
    );
    await stage.settle();
    expect([tip("env/prod"), tip("env/prod-next")]).toEqual([to, to]);
    expect(stage.content("c2", "prod")).toEqual({ shop: ["a", "b"] });
  });

  test("is looked through when a commit leaves it as it is, after all before it took that; over a restart too", async () => {
    const auto = "mode: auto, branch: rendered";
    const apps = {
      "apps/shop/application.yaml": applicationYaml("shop", { path: "parts/${environment}" }),
      "apps/shop/parts/dev/a.json": configMap("a", {}),
      "apps/shop/parts/staging/a.json": configMap("a", {}),
      "apps/shop/parts/prod/a.json": configMap("a", {}),
    };
    const first = await start(
      { ...apps, "fleet.yaml": fleet(environment("staging", "dev", auto) + environment("prod", "staging", auto)) },
      true,
    );
    const source = async (branch: string) => {
      await stage.fetch();
      const at = tip(branch);
      const [metadata] =
        at === undefined ? [] : (await stage.git.tree(at)).filter(({ path }) => path.endsWith(".metadata"));
      const [text] = metadata === undefined ? [] : await stage.git.blobs([metadata.oid]);
      return text === undefined ? undefined : (JSON.parse(text.toString()) as { drySha: string }).drySha;
    };
    const arrived = (branch: string, commit: string) =>
      until(`${branch} to be at ${commit}`, async () => (await source(branch)) === commit || undefined);
    await arrived("env/prod", first);
    const staging = tip("env/staging");
    const second = await stage.work.commit({ "apps/shop/parts/prod/a.json": configMap("a", { b: "2" }) }, "Only prod");
    await arrived("env/prod", second);
    expect(tip("env/staging")).toBe(staging);
    await until("others to be told what staging's branch stands for", async () => {
      await stage.work.git("fetch", "--quiet", "origin", "+refs/notes/*:refs/notes/*");
      const notes = await stage.work.git("notes", "--ref=hydrator.metadata").catch(() => "");
      if (!notes.includes(staging ?? "-")) return undefined;
      const note = await stage.work.git("notes", "--ref=hydrator.metadata", "show", staging ?? "");
      return note === `{"drySha":"${second}"}` || undefined;
    });
    await stage.restart();
    const third = await stage.work.commit({ "apps/shop/parts/prod/a.json": configMap("a", { b: "3" }) }, "Again");
    await arrived("env/prod", third);
    expect([tip("env/staging"), await source("env/staging")]).toEqual([staging, first]);
    const last = await stage.work.commit({ "apps/shop/parts/staging/a.json": configMap("a", { b: "4" }) }, "Staging");
    await arrived("env/staging", last);
    expect(await source("env/prod")).toBe(third);
  });
});
