import { afterEach, describe, expect, test } from "vitest";
import { applicationYaml, configMap, fleetYaml } from "../e2e/files.ts";
import { texts } from "./git-source-fixture.ts";
import { createPipelineStage, type PipelineStage } from "./pipeline-stage.ts";

const copied = (name: string, from: string) => ({
  name,
  from,
  labels: { [name]: "1" },
  promotion: { branch: "copied", paths: ["apps", "shared.txt"] },
});
const files = {
  "fleet.yaml": fleetYaml([
    { name: "dev", branch: "main", labels: { dev: "1" } },
    copied("staging", "dev"),
    copied("prod", "staging"),
  ]),
  "apps/shop/application.yaml": applicationYaml("shop"),
  "apps/shop/a.json": configMap("a", {}),
  "apps/shop/b.json": configMap("b", {}),
  "size.txt": "trunk",
  "shared.txt": "1",
};

/** Branches of environments that people keep: some paths are promoted, the others are theirs. */
describe("an environment with a copied branch", () => {
  let stage: PipelineStage;
  afterEach(() => stage.close());

  /** Each branch begins at the first commit and has files of its own. */
  async function start(): Promise<string> {
    stage = await createPipelineStage(files);
    const first = await stage.work.head();
    for (const name of ["staging", "prod"]) {
      await stage.work.switchTo(`env/${name}`, first);
      await stage.work.commit({ "size.txt": name, "own/note.txt": name }, `Keep ${name}`);
    }
    await stage.work.switchTo("main");
    await stage.addCluster("c1", { staging: "1", prod: "1" });
    await stage.settle();
    return first;
  }
  const commit = async (changes: Readonly<Record<string, string | null>>, subject: string) => {
    const revision = await stage.work.commit(changes, subject, { date: "2026-01-02T03:04:05Z" });
    await stage.settle();
    return revision;
  };
  const tip = (name: string) => stage.git.branches().get(`env/${name}`) ?? "";

  test("takes the trunk's files at its paths, deletions too, keeps its own, and tells it by both parents", async () => {
    await start();
    const before = tip("staging");
    const second = await commit(
      { "apps/shop/a.json": configMap("a", { x: "2" }), "apps/shop/b.json": null, "size.txt": "other", "new.txt": "n" },
      "Second\n\nDrover-Actor: mallory",
    );
    const { to } = await stage.promote("staging");
    await stage.settle();
    expect(await texts(stage.git, to)).toEqual({
      "apps/shop/a.json": configMap("a", { x: "2" }),
      "apps/shop/application.yaml": files["apps/shop/application.yaml"],
      "fleet.yaml": files["fleet.yaml"],
      "own/note.txt": "staging",
      "shared.txt": "1",
      "size.txt": "staging",
    });
    const made = await stage.git.commit(to);
    expect([made.parents, made.author.at, made.message]).toEqual([
      [before, second],
      "2026-01-02T03:04:05.000Z",
      `Promote ${second.slice(0, 12)} into staging: Second\n\nDrover-Tree-Of: ${second}`,
    ]);
    expect(stage.content("c1", "staging")).toEqual({ shop: ["a"] });
    // Prod takes the same commit of the trunk, though staging's branch has another one.
    expect(stage.state.environments.get("prod")?.pending).toBe(second);
    const prod = await stage.promote("prod");
    await stage.settle();
    expect((await stage.git.commit(prod.to)).parents[1]).toBe(second);
    expect((await texts(stage.git, prod.to))["size.txt"]).toBe("prod");
    expect(await stage.promote("prod")).toMatchObject({ moved: false });
    await stage.work.git("fetch", "--quiet");
    await stage.work.git("fsck", "--strict");
  });

  test("lets people change what is theirs, and passes over nothing that they changed at its paths", async () => {
    const first = await start();
    await commit({ "shared.txt": "2" }, "Second");
    await stage.promote("staging");
    await stage.work.git("fetch", "--quiet");
    await stage.work.git("checkout", "--quiet", "-B", "env/staging", "origin/env/staging");
    const own = await commit({ "size.txt": "larger" }, "Ours");
    await stage.work.switchTo("main");
    const third = await commit({ "shared.txt": "3" }, "Third");
    await expect(stage.promote("staging", first)).rejects.toThrow("is at a newer commit");
    const { from, to } = await stage.promote("staging");
    expect([from, (await texts(stage.git, to))["size.txt"]]).toEqual([own, "larger"]);
    await stage.settle();
    expect(await stage.promote("prod")).toMatchObject({ moved: true });

    await stage.work.git("fetch", "--quiet");
    await stage.work.git("checkout", "--quiet", "-B", "env/staging", "origin/env/staging");
    const hand = await commit({ "apps/shop/b.json": null }, "By hand");
    await stage.work.switchTo("main");
    await commit({ "shared.txt": "4" }, "Fourth");
    await expect(stage.promote("staging")).rejects.toThrow(
      'line: It cannot be copied: Branch "env/staging" was changed by hand in "apps/shop/b.json": bring that into the trunk, or take it back there',
    );
    // Who runs something else proves nothing for the trunk's commits.
    await expect(stage.promote("prod")).rejects.toThrow(
      `Cannot promote into "prod": "staging" runs ${hand.slice(0, 12)}, with changes by hand that no commit of the trunk has`,
    );
    expect(tip("staging")).toBe(hand);
    // In the trunk it is no difference any more.
    await commit({ "apps/shop/b.json": null }, "Also here");
    const { to: last } = await stage.promote("staging");
    await stage.settle();
    expect((await stage.git.commit(last)).parents[0]).toBe(hand);
    expect([third !== last, await stage.promote("prod")]).toMatchObject([true, { moved: true }]);
  });

  test("refuses to lose a path that the trunk lost, a branch that is missing, and one of another history", async () => {
    await start();
    await commit({ "shared.txt": null }, "Gone");
    await expect(stage.promote("staging")).rejects.toThrow(
      'Nothing is left of "shared.txt": take it out of promotion.paths, and away from "env/staging" by hand',
    );
    await stage.work.deleteRemoteBranch("env/staging");
    await stage.settle();
    await expect(stage.promote("staging")).rejects.toThrow(
      'Branch "env/staging" does not exist: make it, with the environment\'s own files',
    );
    await stage.work.git("checkout", "--quiet", "--orphan", "foreign");
    await stage.work.git("commit", "--quiet", "-m", "Foreign");
    await stage.work.git("rm", "--quiet", "-r", "apps");
    await stage.work.git("commit", "--quiet", "--amend", "-m", "Foreign");
    await stage.work.git("push", "--quiet", "origin", "HEAD:env/staging");
    await stage.settle();
    await expect(stage.promote("staging")).rejects.toThrow('"env/staging" and the trunk have no commit in common');
  });
});
