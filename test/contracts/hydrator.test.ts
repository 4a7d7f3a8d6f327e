import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { silentLogger } from "../../common/telemetry/index.ts";
import { createFleetState } from "../../hub/desk/index.ts";
import { createHydrator, createSourceOf } from "../../hub/hydrate/index.ts";
import type { GitSource } from "../../hub/ports.ts";
import { createRenderer } from "../../hub/render/index.ts";
import { resolveFleet } from "../../hub/resolve/index.ts";
import { startGitServer, type WorkTree } from "../git-server/index.ts";
import { type Prefer, type RepositoryServer, texts, useGitSources } from "./git-source-fixture.ts";

const fleetText = `apiVersion: drover.dev/v1alpha1
kind: Fleet
environments:
  - { name: dev, clusters: { matchLabels: { env: dev } } }
  - name: prod
    from: dev
    clusters: { matchLabels: { env: prod } }
    promotion: { branch: rendered }
`;
const application = (name: string, spec: string) => `apiVersion: drover.dev/v1alpha1
kind: Application
metadata: { name: ${name} }
spec: ${spec}
`;
const config = (name: string, value: string) =>
  `# A comment\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {value: "${value}"}\n`;
const shown = (name: string, value: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  value: ${value}\n`;
const files = {
  "fleet.yaml": fleetText,
  "apps/shop/application.yaml": application("shop", '{ path: "overlays/${environment}/${cluster}" }'),
  "apps/shop/overlays/prod/p1/b.yaml": config("b", "$${x}"),
  "apps/shop/overlays/prod/p1/a.yaml": config("a", "0644"),
  "apps/shop/overlays/prod/later/a.yaml": config("later", "1"),
  "apps/shop/overlays/prod/broken/a.yaml": "nonsense",
  "apps/shop/overlays/dev/d1/a.yaml": config("dev", "1"),
  "README.md": "Not for clusters",
};

describe.each<Prefer>(["native", "isomorphic"])("createHydrator() with the %s mirror", (prefer) => {
  const { open, repository } = useGitSources(prefer);
  let server: RepositoryServer;
  beforeAll(async () => {
    server = await startGitServer();
  });
  afterAll(() => server.stop());

  async function prepared() {
    const { url, work } = await repository(server);
    const first = await work.commit(files, "Add the shop\n\nDrover-Actor: mallory", { date: "2026-01-02T03:04:05Z" });
    return { url, work, first, hub: await hub(url) };
  }

  /** A hub of its own, with nothing but what Git has. */
  async function hub(url: string, clusters = ["p1"], email = "drover@localhost") {
    const git = await open(url);
    await git.fetch();
    const state = createFleetState();
    const { fleet } = resolveFleet(fleetText, "main");
    state.fleet = fleet;
    for (const name of clusters) state.clusters.set(name, { name, labels: { env: "prod" } } as never);
    const [, environment] = fleet?.environments ?? [];
    if (environment === undefined) throw new Error("No fleet");
    const log = silentLogger();
    const renderer = createRenderer({ git, searchPath: "", concurrency: 1, cacheBytes: 1 << 20, log });
    const identity = { name: "Drover", email };
    const hydrator = createHydrator({ state, git, renderer, identity, log });
    return { git, hydrate: (source: string) => hydrator.hydrate(environment, source), sourceOf: createSourceOf(git) };
  }

  async function promoted(git: GitSource, work: WorkTree, to: string) {
    const from = git.branches().get("env/prod");
    await git.push("env/prod", { from, to });
    await git.fetch();
    await work.git("fetch", "--quiet");
  }

  function ready(hydration: Awaited<ReturnType<Awaited<ReturnType<typeof hub>>["hydrate"]>>): string {
    if (hydration.kind !== "ready") throw new Error(JSON.stringify(hydration));
    return hydration.commit;
  }

  test("a commit becomes plain manifests on -next, that say which commit they were", async () => {
    const { work, first, hub } = await prepared();
    const commit = ready(await hub.hydrate(first));
    expect(hub.git.branches().get("env/prod-next")).toBe(commit);
    const { "hydrator.metadata": metadata, ...others } = await texts(hub.git, commit);
    expect(JSON.parse(metadata ?? "")).toEqual({
      drySha: first,
      author: "Ada <ada@example.com>",
      date: "2026-01-02T03:04:05.000Z",
      subject: "Add the shop",
      body: "Drover-Actor: mallory",
    });
    expect(others).toEqual({
      "apps/shop/application.yaml": files["apps/shop/application.yaml"],
      "apps/shop/overlays/prod/later/manifest.yaml": shown("later", '"1"'),
      "apps/shop/overlays/prod/p1/manifest.yaml": `${shown("a", '"0644"')}---\n${shown("b", "$${x}")}`,
    });
    expect(await hub.sourceOf(commit)).toBe(first);
    expect(await hub.sourceOf(first)).toBe(undefined);
    await work.git("fetch", "--quiet");
    expect(await work.git("log", "-1", "--format=%an %aI %ci|%s|%b", commit)).toBe(
      `Drover 2026-01-02T03:04:05+00:00 2026-01-02 03:04:05 +0000|Hydrate ${first.slice(0, 12)} for prod: Add the shop|Drover-Tree-Of: ${first}`,
    );
    await work.git("fsck", "--strict");
  });

  test("the same commit again, by the same hub, another one or two at a time, is the same proposal", async () => {
    const { url, work, first, hub: one } = await prepared();
    const [other, late] = [await hub(url), await hub(url)];
    const made = await Promise.all([one.hydrate(first), other.hydrate(first)]);
    const again = await Promise.all([one.hydrate(first), late.hydrate(first)]);
    expect(new Set([...made, ...again].map(ready)).size).toBe(1);
    await work.git("fetch", "--quiet");
    expect(await work.git("rev-list", "--count", "origin/env/prod-next")).toBe("1");
  });

  test("proposals stand on the branch, so it only fast-forwards and its first parents are its promotions", async () => {
    const { work, first, hub } = await prepared();
    const one = ready(await hub.hydrate(first));
    await promoted(hub.git, work, one);
    const commits: string[] = [];
    for (const value of ["2", "3"]) {
      commits.push(await work.commit({ "apps/shop/overlays/prod/p1/a.yaml": config("a", value) }, value));
      await hub.git.fetch();
      ready(await hub.hydrate(commits.at(-1) ?? ""));
    }
    const [, third = ""] = commits;
    const latest = ready(await hub.hydrate(third));
    await promoted(hub.git, work, latest);
    expect(await work.git("rev-list", "--first-parent", "origin/env/prod")).toBe(`${latest}\n${one}`);
    expect(await work.git("diff", "--name-only", one, latest)).toBe(
      "apps/shop/overlays/prod/p1/manifest.yaml\nhydrator.metadata",
    );
    expect(await hub.sourceOf(latest)).toBe(third);
  });

  test("a commit that alters nothing here makes no commit; one that takes something away does", async () => {
    const { url, work, first, hub: own } = await prepared();
    const one = ready(await own.hydrate(first));
    await promoted(own.git, work, one);
    const readme = await work.commit({ "README.md": "Other", "apps/shop/overlays/dev/d1/a.yaml": null }, "Not here");
    await own.git.fetch();
    expect(await own.hydrate(readme)).toEqual({ kind: "same" });
    expect(own.git.branches().get("env/prod-next")).toBe(one);
    // Nor does it hang on who made the branch's commits.
    expect(await (await hub(url, ["p1"], "renamed@localhost")).hydrate(readme)).toEqual({ kind: "same" });
    const less = await work.commit({ "apps/shop/overlays/prod/p1/b.yaml": null }, "Less");
    await own.git.fetch();
    const two = ready(await own.hydrate(less));
    expect((await texts(own.git, two))["apps/shop/overlays/prod/p1/manifest.yaml"]).toBe(shown("a", '"0644"'));
  });

  test("a roll-back and a forge's merge are told by what their trees say; what was written by hand stands in the way", async () => {
    const { work, first, hub } = await prepared();
    const one = ready(await hub.hydrate(first));
    await promoted(hub.git, work, one);
    const second = await work.commit({ "apps/shop/overlays/prod/p1/a.yaml": config("a", "2") }, "Second");
    await hub.git.fetch();
    const two = ready(await hub.hydrate(second));
    // A person merges the proposal in the forge.
    await work.git("fetch", "--quiet");
    await work.git("checkout", "--quiet", "-b", "env/prod", "origin/env/prod");
    await work.git("merge", "--quiet", "--no-ff", "-m", "Merge", two);
    await work.push();
    await hub.git.fetch();
    const merged = await work.head();
    expect([await hub.sourceOf(merged), await hub.hydrate(second)]).toEqual([second, { kind: "same" }]);
    await work.git("checkout", "--quiet", one, "--", ".");
    await work.git("commit", "--quiet", "-m", "Back to the first");
    await work.push();
    await hub.git.fetch();
    expect(await hub.sourceOf(await work.head())).toBe(first);
    const again = ready(await hub.hydrate(second));
    expect((await hub.git.commit(again)).parents[0]).toBe(await work.head());
    const hand = await work.commit({ "apps/shop/overlays/prod/p1/manifest.yaml": shown("a", "hand") }, "By hand");
    await hub.git.fetch();
    expect(await hub.hydrate(second)).toEqual({
      kind: "refused",
      reason: `Branch "env/prod" is at ${hand.slice(0, 12)}, with files that somebody wrote by hand: bring them into the trunk and take them back there`,
    });
  });

  test("what cannot be rendered whole is refused with every reason, and nothing is proposed", async () => {
    const { url, work } = await prepared();
    const bad = await work.commit({ "apps/other/application.yaml": application("other", "{ path: nowhere }") }, "Bad");
    const broken = await hub(url, ["p1", "broken"]);
    expect(await broken.hydrate(bad)).toEqual({
      kind: "refused",
      reason: 'apps/other/application.yaml:4 spec.path: Missing folder "apps/other/nowhere" (and 1 more)',
    });
    expect(broken.git.branches().has("env/prod-next")).toBe(false);
  });

  test("a branch that was a pointer goes on as a rendered one, and encrypted objects stay as they are", async () => {
    const { work, hub } = await prepared();
    const secret = `apiVersion: v1
kind: Secret
metadata: { name: s }
data: { password: "ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]" }
sops: { mac: "ENC[AES256_GCM,data:m]", version: 3.9.0 }
`;
    const first = await work.head();
    await hub.git.push("env/prod", { from: undefined, to: first });
    const next = await work.commit({ "apps/shop/overlays/prod/p1/s.yaml": secret }, "A secret");
    await hub.git.fetch();
    const commit = ready(await hub.hydrate(next));
    expect((await hub.git.commit(commit)).parents).toEqual([first]);
    expect((await texts(hub.git, commit))["apps/shop/overlays/prod/p1/manifest.yaml"]).toContain(
      "password: ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]\nsops:\n  mac: ENC[AES256_GCM,data:m]\n",
    );
  });
});
