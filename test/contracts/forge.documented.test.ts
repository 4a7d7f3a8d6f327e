import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ForgeAddress, openForge } from "../../hub/forge/index.ts";
import type { Forge } from "../../hub/ports.ts";
import {
  type DocumentedCheckRun,
  type DocumentedRepository,
  type DocumentedServer,
  end,
  newRevision,
  startDocumentedGithub,
  startDocumentedGitlab,
} from "../forge/index.ts";
import { describeForge, type ForgeStage } from "./forge.ts";

const tokens = new Map([
  ["drover", "token-of-drover"],
  ["ann", "token-of-ann"],
]);
const fakes = {
  async github() {
    const { server, repository, checkRuns } = await startDocumentedGithub(tokens);
    const address: ForgeAddress = { kind: "github", web: server.url, project: "acme/fleet" };
    return stageOf(server, repository, address, checkRuns);
  },
  async gitlab() {
    const { server, repository } = await startDocumentedGitlab(tokens);
    return stageOf(server, repository, { kind: "gitlab", web: server.url, project: "acme/ops/fleet" }, []);
  },
};

interface DocumentedStage extends ForgeStage {
  readonly server: DocumentedServer;
  readonly repository: DocumentedRepository;
  readonly checkRuns: DocumentedCheckRun[];
}

async function stageOf(
  server: DocumentedServer,
  repository: DocumentedRepository,
  address: ForgeAddress,
  checkRuns: DocumentedCheckRun[],
): Promise<DocumentedStage> {
  const forgeWith = (token: string) => openForge({ address, token: { text: token }, trunk: "main" });
  const { branches, pulls } = repository;
  const pullOf = (number: number) => {
    const pull = pulls.find((each) => each.number === number);
    if (pull === undefined) throw new Error(`No pull request #${number}`);
    return pull;
  };
  return {
    server,
    repository,
    checkRuns,
    forge: await forgeWith("token-of-drover"),
    forgeWith,
    tip: async (branch) => branches.get(branch) ?? "",
    branch: async (name) => void branches.set(name, branches.get("main") ?? ""),
    async commit(branch) {
      const revision = newRevision();
      branches.set(branch, revision);
      return revision;
    },
    mergeByHand: async (number) => end(repository, pullOf(number), "merged", "ann"),
    comments: async (number) => pullOf(number).comments,
    closeByHand: async (number) => end(repository, pullOf(number), "closed", "ann"),
    protect: async (branch) => void repository.protectedBranches.add(branch),
    stop: () => server.stop(),
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

describeForge("GitHub as documented", fakes.github);
describeForge("GitLab as documented", fakes.gitlab);

for (const kind of ["github", "gitlab"] as const) {
  describe(`Requests to ${kind}`, () => {
    let stage: DocumentedStage;
    let forge: Forge;
    beforeAll(async () => {
      stage = await fakes[kind]();
      ({ forge } = stage);
    });
    afterAll(() => stage[Symbol.asyncDispose]());

    test("what did not change is answered by ETag", async () => {
      const revision = await stage.commit("one");
      await forge.setStatus(revision, { context: "ci", state: "success", description: "", url: undefined });
      const first = await forge.statuses(revision);
      expect(first.get("ci")).toHaveLength(1);
      expect(await forge.statuses(revision)).toEqual(first);
      await forge.setStatus(revision, { context: "ci", state: "failure", description: "", url: undefined });
      expect((await forge.statuses(revision)).get("ci")?.[0]?.state).toBe("failure");
    });

    test("rule 3: statuses of several senders under one name are all told", async () => {
      const revision = await stage.commit("two");
      for (const state of ["success", kind === "github" ? "failure" : "failed"]) {
        const ref = `branch-${state}`;
        stage.repository.statuses.push({ revision, context: "ci", state, description: null, url: null, ref });
      }
      if (kind === "github") {
        stage.checkRuns.push({ revision, name: "ci", status: "completed", conclusion: "success" });
      }
      const found = await forge.statuses(revision);
      expect(
        found
          .get("ci")
          ?.map(({ state }) => state)
          .toSorted(),
      ).toEqual(["failure", "success"]);
    });

    test("all pages of statuses are read", async () => {
      const revision = await stage.commit("three");
      const state = "success";
      for (let index = 0; index < 230; index++) {
        const context = `ci/${index}`;
        stage.repository.statuses.push({ revision, context, state, description: null, url: null, ref: "main" });
      }
      expect((await forge.statuses(revision)).size).toBe(230);
    });

    test("while the forge limits us nothing is sent, and it is said until when", async () => {
      const revision = await stage.commit("four");
      const limited =
        kind === "github"
          ? { status: 403, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": `${inSeconds(90)}` } }
          : { status: 429, headers: { "retry-after": "90" } };
      const own = await stage.forgeWith("token-of-drover");
      stage.server.answerNext({ ...limited, body: { message: "API rate limit exceeded" } });
      const first = await own.statuses(revision).catch((thrown: unknown) => thrown);
      expect(first).toMatchObject({ code: "RESOURCE_EXHAUSTED" });
      expect((first as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(80_000);
      const sent = stage.server.requests.length;
      await expect(own.pullRequest(1)).rejects.toMatchObject({ code: "RESOURCE_EXHAUSTED" });
      expect(stage.server.requests).toHaveLength(sent);
    });

    test("a broken proxy is UNAVAILABLE, what is forbidden PERMISSION_DENIED", async () => {
      const own = await stage.forgeWith("token-of-drover");
      stage.server.answerNext({ status: 502, body: "Bad Gateway" });
      await expect(own.pullRequest(1)).rejects.toMatchObject({ code: "UNAVAILABLE" });
      stage.server.answerNext({ status: 403, body: { message: "Resource not accessible by integration" } });
      await expect(own.pullRequest(1)).rejects.toMatchObject({
        code: "PERMISSION_DENIED",
        message: expect.stringMatching(/Resource not accessible by integration/),
      });
    });

    test("the token goes nowhere else, also when the repository has moved", async () => {
      const own = await stage.forgeWith("token-of-drover");
      const sent = stage.server.requests.length;
      stage.server.answerNext({ status: 301, headers: { location: `${stage.server.url}/elsewhere` }, body: {} });
      await expect(own.pullRequest(1)).rejects.toThrow(/the repository has moved, tell the hub its new URL/);
      expect(stage.server.requests).toHaveLength(sent + 1);
    });
  });
}

describe("Statuses of GitHub's checks", () => {
  test.each([
    ["in_progress", null, "pending"],
    ["completed", "success", "success"],
    ["completed", "skipped", "success"],
    ["completed", "timed_out", "failure"],
    ["completed", "action_required", "failure"],
  ] as const)("%s, %s counts as %s", async (status, conclusion, state) => {
    await using stage = await fakes.github();
    const revision = await stage.commit("checks");
    stage.checkRuns.push({ revision, name: "build", status, conclusion });
    expect((await stage.forge.statuses(revision)).get("build")?.[0]?.state).toBe(state);
  });
});

test("statuses() of a commit with pipelines on several branches counts those of the trunk", async () => {
  await using stage = await fakes.gitlab();
  const revision = await stage.commit("main");
  for (const [ref, state] of [
    ["env/staging", "failed"],
    ["main", "success"],
  ] as const) {
    stage.repository.statuses.push({ revision, context: "build", state, description: null, url: null, ref });
  }
  const found = await stage.forge.statuses(revision);
  expect(found.get("build")?.map(({ state }) => state)).toEqual(["success"]);
});

function inSeconds(seconds: number): number {
  return Math.ceil(Date.now() / 1000) + seconds;
}
