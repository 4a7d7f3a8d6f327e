import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { administrator, type ControlPlane, startControlPlane } from "../controlplane/index.ts";
import { until } from "../programs/index.ts";
import { applicationYaml, configMap, fleetYaml } from "./files.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { dataOf, ownedNames, versionsOf, writesOf } from "./live-objects.ts";

describe("promote moves the branch of an environment", () => {
  let dev: ControlPlane;
  let staging: ControlPlane;
  let fleet: Fleet;

  beforeAll(async () => {
    [dev, staging] = await Promise.all([startControlPlane({ auditedUser: administrator }), startControlPlane()]);
    fleet = await startFleet({
      clusters: {
        "dev-1": { plane: dev, labels: { environment: "dev" } },
        "staging-1": { plane: staging, labels: { environment: "staging" } },
      },
      files: {
        "fleet.yaml": fleetYaml([
          { name: "dev", branch: "main", labels: { environment: "dev" } },
          { name: "staging", from: "dev", labels: { environment: "staging" } },
        ]),
        "apps/shop/application.yaml": applicationYaml("shop"),
        "apps/shop/settings.json": configMap("settings", { theme: "light" }),
        "apps/shop/limits.json": configMap("limits", { max: "10" }),
      },
    });
    await fleet.healthy("dev", await fleet.work.head());
  });

  afterAll(async () => {
    await fleet?.stop();
    await Promise.all([dev?.stop(), staging?.stop()]);
  });

  const tip = async (branch: string) =>
    (await fleet.work.git("ls-remote", "origin", `refs/heads/${branch}`)).split("\t")[0] ?? "";

  const push = async (theme: string) => {
    const files = { "apps/shop/settings.json": configMap("settings", { theme }) };
    const revision = await fleet.work.commit(files, `Go ${theme}`);
    await fleet.healthy("dev", revision);
    return revision;
  };

  const pending = async () => (await fleet.list("environments")).find(({ name }) => name === "staging")?.pending;

  const promote = async (...args: string[]) => {
    const { code, stdout, stderr } = await fleet.drover("promote", "staging", "-o", "json", ...args);
    return { code, stderr, result: stdout === "" ? undefined : (JSON.parse(stdout) as unknown) };
  };

  test("a branch that does not exist is created, and only then its cluster gets anything", async () => {
    const revision = await fleet.work.head();
    expect(await tip("env/staging")).toBe("");
    expect(await ownedNames(staging)).toEqual([]);
    expect(await promote()).toMatchObject({
      code: 0,
      result: { environment: "staging", branch: "env/staging", from: null, to: revision, moved: true },
    });
    await fleet.healthy("staging", revision);
    expect(await tip("env/staging")).toBe(revision);
    expect(await ownedNames(staging)).toEqual(["limits", "settings"]);
  });

  test("a push reaches dev; promoted, it reaches staging, and dev sees nothing of that", async () => {
    const before = await versionsOf(staging);
    const from = await tip("env/staging");
    const revision = await push("dark");
    await until("the promotion to be pending", async () => (await pending()) === revision || undefined);
    expect(await versionsOf(staging)).toEqual(before);
    expect(await tip("env/staging")).toBe(from);

    const versions = await versionsOf(dev);
    const writes = writesOf(dev);
    expect(await promote()).toMatchObject({ code: 0, result: { from, to: revision, moved: true } });
    await fleet.healthy("staging", revision);
    expect(await dataOf(staging, "settings")).toEqual({ theme: "dark" });
    expect((await versionsOf(staging))["default/limits"]).toBe(before["default/limits"]);
    expect(await versionsOf(dev)).toEqual(versions);
    expect(writesOf(dev)).toBe(writes);
  });

  test("nothing pending → says so, moves nothing, exit code 0", async () => {
    const revision = await tip("env/staging");
    expect(await promote()).toMatchObject({ code: 0, result: { to: revision, moved: false } });
    const { code, stdout } = await fleet.drover("promote", "staging");
    expect([code, stdout]).toEqual([0, `Nothing to promote: env/staging is at ${revision.slice(0, 8)} already\n`]);
  });

  test("--revision → that commit and not the newest; an older one later → refused", async () => {
    const older = await tip("env/staging");
    const middle = await push("blue");
    const newest = await push("red");
    expect(await promote("--revision", middle.slice(0, 10))).toMatchObject({
      code: 0,
      result: { to: middle, moved: true },
    });
    await fleet.healthy("staging", middle);
    expect(await dataOf(staging, "settings")).toEqual({ theme: "blue" });
    await until("the newest to be pending", async () => (await pending()) === newest || undefined);

    const refused = await promote("--revision", older);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      `its branch "env/staging" is at ${middle.slice(0, 12)}, which is not an ancestor of it`,
    );
    expect(await tip("env/staging")).toBe(middle);
  });

  test("somebody committed to the environment's branch → not a fast-forward: refused, the branch keeps it", async () => {
    await fleet.work.git("fetch", "--quiet", "origin");
    await fleet.work.git("switch", "--quiet", "-c", "env/staging", "origin/env/staging");
    const hotfix = await fleet.work.commit(
      { "apps/shop/limits.json": configMap("limits", { max: "11" }) },
      "Raise the limit in staging only",
    );
    await fleet.healthy("staging", hotfix);
    expect(await dataOf(staging, "limits")).toEqual({ max: "11" });

    const refused = await promote();
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`its branch "env/staging" is at ${hotfix.slice(0, 12)}, which is not an ancestor`);
    expect(await tip("env/staging")).toBe(hotfix);
    // Merged into the trunk, it is an ancestor again.
    await fleet.work.switchTo("main");
    await fleet.work.git("merge", "--quiet", "--no-edit", "env/staging");
    await fleet.work.push();
    const merged = await fleet.work.head();
    await fleet.healthy("dev", merged);
    expect(await promote()).toMatchObject({ code: 0, result: { from: hotfix, to: merged } });
    await fleet.healthy("staging", merged);
  });

  test("rule 2: somebody moves the branch at the same moment → the promotion loses and says so", async () => {
    const from = await tip("env/staging");
    const rival = await push("green");
    await push("white");
    // Runs inside the push: the branch moves between the hub's look at it and its own write.
    const hook = join(fleet.git.repositoryPath("fleet"), "hooks", "update");
    writeFileSync(hook, `#!/bin/sh\nunset GIT_QUARANTINE_PATH\ngit update-ref "$1" ${rival}\n`);
    chmodSync(hook, 0o755);
    const lost = await promote();
    rmSync(hook);
    expect(lost.code).toBe(1);
    expect(lost.stderr).toContain("the branch has moved in the meantime");
    expect(lost.stderr).toContain("env/staging");
    expect(await tip("env/staging")).toBe(rival);
    expect(from).not.toBe(rival);
    // The next attempt starts from what the other one left.
    expect(await promote()).toMatchObject({ code: 0, result: { from: rival, moved: true } });
    await fleet.healthy("staging", await fleet.work.head());
    expect(await dataOf(staging, "settings")).toEqual({ theme: "white" });
  });

  test("the first environment, an unknown one, an unknown commit → refused with the reason", async () => {
    const words = await Promise.all([
      fleet.drover("promote", "dev"),
      fleet.drover("promote", "nowhere"),
      fleet.drover("promote", "staging", "--revision", "0123456789abcdef0123456789abcdef01234567"),
      fleet.drover("promote"),
    ]);
    expect(words.map(({ code }) => code)).toEqual([1, 1, 1, 2]);
    expect(words[0]?.stderr).toContain('Environment "dev" is not promoted into: push to its branch "main"');
    expect(words[1]?.stderr).toContain('No such environment: "nowhere"');
    expect(words[2]?.stderr).toContain("0123456789abcdef0123456789abcdef01234567");
  });
});
