import { afterAll, beforeAll, expect, test } from "vitest";
import { applicationYaml, configMap, fleetYaml } from "../e2e/files.ts";
import { until } from "../programs/index.ts";
import { createPipelineStage, type PipelineStage } from "./pipeline-stage.ts";

/** Each is promoted into from dev by itself, and told what to do when somebody moves its branch; nothing goes into prod by itself. */
const policies = ["hold", "restore", "adopt"] as const;
let stage: PipelineStage;

beforeAll(async () => {
  const labels = (environment: string) => ({ environment });
  const files = {
    "fleet.yaml": fleetYaml([
      { name: "dev", branch: "main", labels: labels("dev") },
      ...policies.map((onHandMove) => ({
        ...{ name: onHandMove, from: "dev", promotion: { mode: "auto", onHandMove }, labels: labels(onHandMove) },
      })),
      { name: "prod", from: "dev", labels: labels("prod") },
    ]),
    "apps/shop/application.yaml": applicationYaml("shop"),
    "apps/shop/settings.json": configMap("settings", { round: "first" }),
  };
  stage = await createPipelineStage(files, { promoting: true });
  for (const name of ["dev", ...policies, "prod"]) await stage.addCluster(name, labels(name));
});
afterAll(() => stage?.close());

async function push(round: string): Promise<string> {
  const revision = await stage.work.commit({ "apps/shop/settings.json": configMap("settings", { round }) }, round);
  await stage.settle();
  return revision;
}

const tip = async (environment: string) => (await stage.git.fetch()).get(`env/${environment}`);
const reaches = (environment: string, revision: string) =>
  until(`${environment} to be at ${revision}, and known to be`, async () => {
    await stage.settle();
    return ((await tip(environment)) === revision && stage.way(environment)?.running === revision) || undefined;
  });
const isHeld = (environment: string, words: string) =>
  until(`the branch of ${environment} to be held`, async () => {
    await stage.settle();
    const gate = stage.way(environment)?.gates.find(({ name }) => name === "branch");
    return gate?.reason.includes(words) || undefined;
  });
const byHand = (...args: readonly string[]) => stage.work.git("push", "--quiet", "origin", ...args);

test("rule 2: a branch that somebody forces back or deletes is held, restored or adopted as policy says, and nothing is forced", async () => {
  const first = await stage.work.head();
  await stage.settle();
  for (const name of policies) await reaches(name, first);
  const second = await push("second");
  for (const name of policies) await reaches(name, second);

  await byHand("--force", ...policies.map((name) => `${first}:refs/heads/env/${name}`));
  await isHeld("hold", "was moved by hand to");
  await reaches("adopt", second);
  const restored = await until("it to be restored", async () => {
    await stage.settle();
    const now = await tip("restore");
    return now === first ? undefined : now;
  });
  const [made, wanted] = await Promise.all([stage.git.commit(restored ?? ""), stage.git.commit(second)]);
  expect([made.parents, made.tree]).toEqual([[first], wanted.tree]);
  const third = await push("third");
  await reaches("adopt", third);
  await until("restored ones to go on", async () => {
    await stage.settle();
    const now = await stage.git.commit((await tip("restore")) ?? "");
    return now.tree === (await stage.git.commit(third)).tree || undefined;
  });
  expect(await tip("hold")).toBe(first);
  expect(await stage.promote("hold", third)).toMatchObject({ from: first, to: third, moved: true });
  await reaches("hold", third);
  const joined = (await tip("restore")) ?? "";
  await reaches("restore", joined);

  await byHand("--delete", ...policies.map((name) => `env/${name}`));
  await isHeld("hold", "it is gone");
  await reaches("adopt", third);
  await reaches("restore", joined);
  expect(await tip("hold")).toBeUndefined();
  expect(await stage.promote("hold")).toMatchObject({ from: null, to: third, moved: true });
  const last = await push("last");
  for (const name of ["hold", "adopt"]) await reaches(name, last);
});

test("rule 15: a hotfix needs somebody's approval, is recorded as a bypass, and people hear of it until the trunk has it", async () => {
  const base = await stage.work.head();
  await stage.promote("prod", base);
  await stage.work.switchTo("fix", base);
  const fix = await stage.work.commit({ "apps/shop/settings.json": configMap("settings", { round: "fixed" }) }, "Fix");
  await stage.settle();
  await expect(stage.promote("prod", fix)).rejects.toMatchObject({
    code: "FAILED_PRECONDITION",
    message: expect.stringContaining(`the trunk does not have it, so it needs an explicit approval`),
  });
  await stage.approve("prod", fix, "ben");
  expect(await stage.promote("prod", fix)).toMatchObject({ from: base, to: fix, moved: true });
  expect((await stage.history("prod"))[0]).toMatchObject({
    ...{ commit: fix, actor: "admin" },
    bypassed: expect.arrayContaining([expect.stringMatching(/^upstream: /)]),
  });
  const told = () => stage.notices.filter(({ environment }) => environment === "prod").map(({ id }) => id);
  await until("people to be told", async () => {
    await stage.settle();
    return told().length > 0 || undefined;
  });
  expect(stage.state.branchProblems.get("prod")).toMatchObject([
    { message: expect.stringContaining('which the trunk "main" does not have: merge it there') },
  ]);

  await stage.work.switchTo("main");
  await stage.work.git("merge", "--quiet", "--no-ff", "-m", "Merge the fix", "fix");
  await stage.work.push();
  await until("it to be over", async () => {
    await stage.settle();
    return told().includes(`hotfix/${fix}/over`) || undefined;
  });
  expect(told()).toEqual([`hotfix/${fix}`, `hotfix/${fix}/over`]);
  expect(stage.state.branchProblems.get("prod")).toEqual([]);
});
