import { afterAll, beforeAll, expect, test } from "vitest";
import type { Environment } from "../../common/domain/index.ts";
import { createEnvironmentChanges } from "../../hub/changelog/index.ts";
import { createFleetState } from "../../hub/desk/index.ts";
import { type GitServer, startGitServer } from "../git-server/index.ts";
import { failure, useGitSources } from "./git-source-fixture.ts";

const { open, repository } = useGitSources("native");
let server: GitServer;

beforeAll(async () => {
  server = await startGitServer();
});
afterAll(() => server.stop());

test("what an environment lacks of the one before it: commits of people, files, all of it where it has nothing yet", async () => {
  const { url, work } = await repository(server);
  const first = await work.commit({ a: "1", b: "1" }, "First");
  await work.git("push", "--quiet", "origin", "main:refs/heads/env/prod");
  const second = await work.commit({ a: "2", c: "1" }, "Second\n\nBecause.");
  const third = await work.commit({ b: null }, "Third");
  const git = await open(url);
  await git.fetch();
  const state = createFleetState();
  const add = (name: string, branch: string, from: readonly string[]) =>
    state.environments.set(name, {
      environment: { name, branch, from } as Environment,
      ...{ revision: undefined, pending: undefined, applications: new Map(), problems: [] },
    });
  add("dev", "main", []);
  add("prod", "env/prod", ["dev"]);
  add("new", "env/new", ["dev"]);
  const changes = createEnvironmentChanges(state, git);
  const commit = async (revision: string, subject: string) => ({
    ...{ revision, subject, author: "Ada" },
    at: (await git.commit(revision)).author.at,
  });
  expect(await changes("prod", undefined)).toEqual({
    ...{ environment: "prod", from: "dev", running: first, revision: third, complete: true },
    commits: [await commit(third, "Third"), await commit(second, "Second")],
    files: [
      { path: "a", change: "changed" },
      { path: "b", change: "removed" },
      { path: "c", change: "added" },
    ],
  });
  expect(await changes("dev", "prod")).toMatchObject({ from: "prod", commits: [], files: [{}, {}, {}] });
  expect(await changes("new", undefined)).toMatchObject({ running: null, commits: [{}, {}, {}], files: [{}, {}] });
  const codes = [
    changes("none", undefined),
    changes("dev", undefined),
    changes("prod", "new"),
    changes("prod", "none"),
  ];
  expect((await Promise.all(codes.map(failure))).map(({ code }) => code)).toEqual([
    ...["NOT_FOUND", "FAILED_PRECONDITION", "FAILED_PRECONDITION", "NOT_FOUND"],
  ]);
});
