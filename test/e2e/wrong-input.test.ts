import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { positioned } from "../../common/errors.ts";
import { type ControlPlane, startControlPlane } from "../controlplane/index.ts";
import { until } from "../programs/index.ts";
import { programs } from "../setup.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { admissionPolicy, goodFiles, type Mistake, markerFile, mistakes, rejections, spares } from "./mistakes.ts";

const credentials = { user: "hub", password: "right" };

type Named = Omit<Mistake, "files" | "title" | "goOn" | "position"> & { readonly position?: Mistake["position"] };

/** Whatever is wrong: it is named, the last good state runs, everything else goes on, and the cure needs no restart. */
describe("wrong input", () => {
  let planes: { readonly east: ControlPlane; readonly west: ControlPlane };
  let fleet: Fleet;
  /** The hub's PATH: git and kustomize. */
  let path: string;
  let count = 0;
  let corrected = 0;

  beforeAll(async () => {
    const [east, west, { kustomize, git }] = await Promise.all([startControlPlane(), startControlPlane(), programs()]);
    planes = { east, west };
    path = mkdtempSync(join(tmpdir(), "drover-path-"));
    symlinkSync(git, join(path, "git"));
    symlinkSync(kustomize, join(path, "kustomize"));
    await east.kubectl(["apply", "-f", "-"], { input: admissionPolicy });
    fleet = await startFleet({
      clusters: {
        east: { plane: east, labels: { environment: "dev" } },
        west: { plane: west, labels: { environment: "staging" } },
      },
      files: goodFiles,
      path,
      hub: ["--redis", "off", "--poll", "1s"],
      hubEnv: { DROVER_GIT_USER: credentials.user, DROVER_GIT_PASSWORD: credentials.password },
    });
    await fleet.work.git("push", "--quiet", "origin", "main:env/staging");
    await fleet.healthy("dev", await fleet.work.head());
    await fleet.healthy("staging", await fleet.work.head());
  });

  afterAll(async () => {
    await fleet?.stop();
    await Promise.all([planes?.east.stop(), planes?.west.stop()]);
    rmSync(path, { recursive: true, force: true });
  });

  afterEach(async () => {
    fleet.git.setDown(false);
    fleet.git.setAuth(undefined);
    if (!existsSync(join(path, "kustomize"))) symlinkSync((await programs()).kustomize, join(path, "kustomize"));
    await cure();
  });

  async function object(cluster: "east" | "west", name: string) {
    const { status, text } = await planes[cluster].request({ path: `/api/v1/namespaces/default/configmaps/${name}` });
    if (status !== 200) return undefined;
    return JSON.parse(text) as { data: Record<string, string>; metadata: { resourceVersion: string; uid: string } };
  }

  /** Versions of everything that must not be touched. */
  async function versions(): Promise<Record<string, string | undefined>> {
    const names = (["east", "west"] as const).flatMap((cluster) =>
      ["settings", "limits", "site-page"].map((name) => [cluster, name] as const),
    );
    const found = names.map(async ([cluster, name]) => {
      const version = (await object(cluster, name))?.metadata.resourceVersion;
      return [`${cluster}/${name}`, version] as const;
    });
    return Object.fromEntries(await Promise.all(found));
  }

  async function reaches(cluster: "east" | "west", marker: string): Promise<void> {
    await until(`"${marker}" on ${cluster}`, async () =>
      (await object(cluster, "marker"))?.data["at"] === marker ? true : undefined,
    );
  }

  /** The last good commit of a test is the first good one of the next. */
  async function cure(): Promise<void> {
    const { dir } = fleet.work;
    const stray = (await fleet.work.git("ls-files")).split("\n").filter((file) => !(file in goodFiles));
    const marker = readFileSync(`${dir}/apps/marker/manifests/marker.yaml`, "utf8");
    const revision = await fleet.work.commit(
      { ...goodFiles, "apps/marker/manifests/marker.yaml": marker, ...Object.fromEntries(stray.map((f) => [f, null])) },
      "Make it good",
    );
    await fleet.healthy("dev", revision);
    await until("no problems", async () => {
      const environments = await fleet.list("environments");
      return environments.every(({ problems }) => problems.length === 0) ? true : undefined;
    });
  }

  /** The last good state is not only left alone, it is defended. */
  async function expectCorrected(name: string = spares[++corrected % spares.length] ?? ""): Promise<void> {
    await planes.east.kubectl(["delete", "configmap", name]);
    const back = await until(`"${name}" to be back`, () => object("east", name));
    expect(back.data).toEqual({ theme: "light" });
  }

  /** Messages in the hub's log. */
  function logged(): readonly string[] {
    // What stands behind the last end of line is still being written.
    const lines = fleet.hub.output().split("\n").slice(0, -1);
    return lines.filter((line) => line.startsWith("{")).map((line) => (JSON.parse(line) as { msg: string }).msg);
  }

  async function expectWaitSays(environment: string, ...words: readonly string[]): Promise<void> {
    await until(`drover wait to say "${words.join('", "')}"`, async () => {
      const wait = await fleet.drover("wait", `environment/${environment}`, "--for", "synced", "--timeout", "0s");
      expect(wait.code).toBe(1);
      for (const word of words) expect(wait.stderr).toContain(word);
      return true;
    });
  }

  /** Wherever people can look. */
  async function expectNamed({ environment, application, position, says }: Named) {
    const place = position === undefined ? "" : positioned("", position).trim();
    const named = expect.objectContaining({
      message: expect.stringContaining(says),
      ...(position === undefined ? {} : { position }),
    });
    await until(`"${says}"`, async () => {
      const found = await fleet.list("environments", { name: environment });
      expect(found[0]?.problems).toContainEqual(named);
      if (application === undefined) return true;
      const [shown] = await fleet.list("applications", { cluster: "east", name: application });
      expect(shown?.problems).toContainEqual(named);
      return true;
    });
    const [environments, applications] = await Promise.all([
      fleet.drover("get", "environments"),
      fleet.drover("get", "applications"),
    ]);
    expect(environments.stdout + environments.stderr).toContain(place);
    expect(environments.stdout + environments.stderr).toContain(says);
    if (application !== undefined) expect(applications.stdout + applications.stderr).toContain(place);
    await expectWaitSays(environment, says);
    const isLogged = (line: string) => line.includes(says) && line.startsWith(place);
    await until("it to be logged", () => logged().some(isLogged) || undefined);
  }

  test.each(mistakes)("$title", async (mistake) => {
    const before = await versions();
    const marker = `mistake ${++count}`;
    await fleet.work.commit(
      { ...mistake.files, "apps/marker/manifests/marker.yaml": markerFile(marker) },
      mistake.title,
    );
    if (mistake.goOn.includes("west")) await fleet.work.git("push", "--quiet", "origin", "main:env/staging");
    await Promise.all(mistake.goOn.map((cluster) => reaches(cluster, marker)));
    await expectNamed(mistake);
    expect(await versions()).toEqual(before);
    await expectCorrected();
  });

  test.each(rejections)("$title", async ({ title, file, text, object: name, line, says }) => {
    const before = await versions();
    const marker = `mistake ${++count}`;
    await fleet.work.commit({ [file]: text, "apps/marker/manifests/marker.yaml": markerFile(marker) }, title);
    await reaches("east", marker);
    const place = `${file}:${line}`;
    const refused = await until(`${place} to be reported`, async () =>
      (await fleet.list("objects", { cluster: "east" })).find((each) => each.message.includes(place)),
    );
    expect(refused).toMatchObject({ application: "shop", name, sync: "OutOfSync" });
    expect(refused.message).toContain(says);
    await until("people to see it", async () => {
      const [objects, applications] = await Promise.all([
        fleet.drover("get", "objects", "-c", "east"),
        fleet.drover("get", "applications"),
      ]);
      for (const shown of [objects.stdout, applications.stdout]) {
        expect(shown).toContain(place);
        expect(shown).toContain(says);
      }
      return true;
    });
    await expectWaitSays("dev", place, says);
    const isLogged = (line: string) => line.includes(place) && line.includes(says);
    await until("it to be logged", () => logged().some(isLogged) || undefined);
    expect(await versions()).toEqual(before);
    await expectCorrected();
  });

  test("an unreachable repository", async () => {
    const before = await versions();
    fleet.git.setDown(true);
    await expectNamed({ environment: "dev", says: "Cannot fetch" });
    expect(await versions()).toEqual(before);
    await expectCorrected();
  });

  test("a repository that refuses the password", async () => {
    const before = await versions();
    fleet.git.setAuth({ ...credentials, password: "changed" });
    await expectNamed({ environment: "dev", says: "Cannot fetch" });
    expect(fleet.hub.output()).not.toContain(credentials.password);
    expect(await versions()).toEqual(before);
    fleet.git.setAuth(credentials);
    await until("no problems", async () => {
      const environments = await fleet.list("environments");
      return environments.every(({ problems }) => problems.length === 0) ? true : undefined;
    });
  });

  test("no kustomize on the hub's PATH", async () => {
    const before = await versions();
    await fleet.hub.stop();
    rmSync(join(path, "kustomize"));
    await fleet.hub.start();
    const marker = `mistake ${++count}`;
    await fleet.work.commit({ "apps/marker/manifests/marker.yaml": markerFile(marker) }, "Go on");
    await reaches("east", marker);
    await expectNamed({
      environment: "dev",
      application: "site",
      says: "neither kustomize nor kubectl is installed on the hub",
    });
    expect(await versions()).toEqual(before);
    await expectCorrected("site-page");
  });

  test("a hub that is killed while the tip is wrong runs the last good state", async () => {
    const before = await versions();
    const { files } = mistakes.find(({ title }) => title === "a syntax error in a manifest") as Mistake;
    await fleet.work.commit({ ...files, "fleet.yaml": "environments: {" }, "Break everything");
    await until("the mistakes to be found", async () => {
      const [dev] = await fleet.list("environments", { name: "dev" });
      return (dev?.problems.length ?? 0) > 1 || undefined;
    });
    await fleet.hub.kill();
    await fleet.hub.start();
    const marker = `mistake ${++count}`;
    await fleet.work.commit({ "apps/marker/manifests/marker.yaml": markerFile(marker) }, "Go on");
    await reaches("east", marker);
    expect(await versions()).toEqual(before);
    await expectCorrected();
  });

  test("a cluster that joins while an application is wrong gets its last good content", async () => {
    const { files } = mistakes.find(({ title }) => title === "a syntax error in a manifest") as Mistake;
    await using north = await startControlPlane();
    await fleet.work.commit(files, "Break the shop");
    await until("the mistake to be found", async () => {
      const [dev] = await fleet.list("environments", { name: "dev" });
      return (dev?.problems.length ?? 0) > 0 || undefined;
    });
    await fleet.join("north", north, { environment: "dev" });
    await until("all of it on the new cluster", async () => {
      const { text } = await north.request({ path: "/api/v1/namespaces/default/configmaps" });
      const { items } = JSON.parse(text) as { items: { metadata: { name: string }; data: Record<string, string> }[] };
      const found = Object.fromEntries(items.map(({ metadata, data }) => [metadata.name, data]));
      expect(found).toMatchObject({ settings: { theme: "light" }, limits: { max: "10" }, "site-page": {}, marker: {} });
      return true;
    });
    await fleet.agent("north").stop();
    expect((await fleet.drover("cluster", "remove", "north")).code).toBe(0);
  });
});
