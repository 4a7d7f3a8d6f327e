import { chmod, copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test, vi } from "vitest";
import { createLogger, silentLogger } from "../../common/telemetry/index.ts";
import { openGitSource } from "../../hub/git/index.ts";
import { startGitServer } from "../git-server/index.ts";
import { failure, texts, useGitSources } from "./git-source-fixture.ts";

const { open, repository, temporaryFolder, cleanUp } = useGitSources("native");

async function startServer(options: Parameters<typeof startGitServer>[0] = {}) {
  const server = await startGitServer(options);
  cleanUp(() => server.stop());
  return server;
}

/** A folder for PATH with one program in it. */
async function pathWith(name: string, script: string): Promise<string> {
  const folder = join(await temporaryFolder(), "bin");
  await mkdir(folder);
  await writeFile(join(folder, name), script);
  await chmod(join(folder, name), 0o755);
  return folder;
}

test("openGitSource() does without git, and with one that is too old, where the URL allows it", async () => {
  const { url, work } = await repository(await startServer());
  const revision = await work.commit({ a: "1" }, "a");
  const empty = await temporaryFolder();
  const old = await pathWith("git", "#!/bin/sh\necho git version 2.30.2\n");
  for (const PATH of [empty, old]) {
    const source = await open(url, { prefer: "auto", environment: { PATH } });
    expect(await source.fetch()).toEqual(new Map([["main", revision]]));
    expect(await texts(source, revision)).toEqual({ a: "1" });
    const options = { url: work.dir, dir: await temporaryFolder(), log: silentLogger(), environment: { PATH } };
    const error = await failure(openGitSource(options));
    expect([error.code, error.message]).toEqual([
      "FAILED_PRECONDITION",
      `Cannot read "${work.dir}": the git program 2.31 or newer is needed: ${
        PATH === old ? "the one on the PATH is 2.30.2" : "none is on the PATH"
      }`,
    ]);
  }
});

test("openGitSource() mirrors a folder on this machine", async () => {
  const { path, work } = await repository(await startServer());
  const revision = await work.commit({ a: "1" }, "a");
  for (const url of [path, `file://${path}`]) {
    const source = await open(url);
    expect((await source.fetch()).get("main")).toBe(revision);
    await source.push(`env/${url.length}`, { from: undefined, to: revision });
  }
  expect((await work.git("ls-remote", "--heads", "origin")).split("\n").length).toBe(3);
});

test("openGitSource() goes through GIT_SSH_COMMAND", async () => {
  const { path, work } = await repository(await startServer());
  const revision = await work.commit({ a: "1" }, "a");
  // Takes the place of ssh: does here what the last argument says.
  const folder = await pathWith("fake-ssh", '#!/bin/sh\nfor last; do :; done\nexec sh -c "$last"\n');
  const environment = { ...process.env, GIT_SSH_COMMAND: join(folder, "fake-ssh"), GIT_DIR: "/nonsense" };
  const source = await open(`git@example.com:${path}`, { environment });
  expect(await source.fetch()).toEqual(new Map([["main", revision]]));
});

test("git never sees a secret in its arguments, and the log never sees one at all", async () => {
  const server = await startServer({ auth: { user: "bot", password: "hunter2" } });
  const { url, work } = await repository(server);
  const revision = await work.commit({ a: "1" }, "a");
  const spied = join(await temporaryFolder(), "arguments");
  const realGit = (await work.git("--exec-path")) + "/git";
  const folder = await pathWith("git", `#!/bin/sh\necho "$@" >> ${spied}\nexec ${realGit} "$@"\n`);
  const lines: string[] = [];
  const spy = vi.spyOn(process.stderr, "write").mockImplementation((chunk) => lines.push(String(chunk)) > 0);
  try {
    const source = await open(url.replace("http://", "http://bot:hunter2@"), {
      environment: { ...process.env, PATH: `${folder}:${process.env["PATH"] ?? ""}` },
      log: createLogger({ name: "hub", level: "trace", pretty: true, colour: false }),
    });
    await source.fetch();
    await source.push("env/a", { from: undefined, to: revision });
    await source.close();
  } finally {
    spy.mockRestore();
  }
  const seen = await readFile(spied, "utf8");
  expect(seen).toContain("push --porcelain");
  expect(seen).not.toMatch(/hunter2|bot:|Ym90/);
  expect(lines.join("")).toContain("reading the repository with the git program");
  expect(lines.join("")).not.toMatch(/hunter2|Ym90/);
});

test("the mirror does not run what a repository or a redirect smuggles in", async () => {
  const error = await failure(open("ext::sh -c touch%20/tmp/owned"));
  expect(error.code).toBe("INVALID_ARGUMENT");
  expect((await failure(open("--upload-pack=x"))).code).toBe("INVALID_ARGUMENT");
});

test("reads go on when the long-lived git dies", async () => {
  const { url, work } = await repository(await startServer());
  const revision = await work.commit({ a: "1" }, "a");
  const spied = join(await temporaryFolder(), "processes");
  const realGit = `${await work.git("--exec-path")}/git`;
  const folder = await pathWith("git", `#!/bin/sh\necho "$$ $1" >> ${spied}\nexec ${realGit} "$@"\n`);
  const environment = { ...process.env, PATH: `${folder}:${process.env["PATH"] ?? ""}` };
  const source = await open(url, { environment });
  await source.fetch();
  const readers = async () =>
    [...(await readFile(spied, "utf8")).matchAll(/^(\d+) cat-file$/gm)].map(([, pid]) => Number(pid));
  for (let round = 1; round <= 3; round++) {
    expect(await texts(source, revision)).toEqual({ a: "1" });
    const pids = await readers();
    expect(pids.length).toBe(round);
    process.kill(pids.at(-1) ?? 0, "SIGKILL");
  }
  expect(await texts(source, revision)).toEqual({ a: "1" });
});

test("a mirror of isomorphic-git in which packs have piled up is replaced when nothing is new", async () => {
  const { url, work } = await repository(await startServer());
  const revision = await work.commit({ a: "1" }, "a");
  const dir = await temporaryFolder();
  const source = await open(url, { dir, prefer: "isomorphic" });
  await source.fetch();
  const packs = async () => (await readdir(dir, { recursive: true })).filter((path) => path.endsWith(".idx"));
  const [index = ""] = await packs();
  for (let copy = 0; copy < 60; copy++) {
    for (const extension of ["pack", "idx"]) {
      const from = join(dir, index.replace(/idx$/, extension));
      await copyFile(from, join(dirname(from), `pack-${copy}.${extension}`));
    }
  }
  expect(await source.fetch()).toEqual(new Map([["main", revision]]));
  expect(await texts(source, revision)).toEqual({ a: "1" });
  await source.close();
  expect((await packs()).length).toBe(1);
  const again = await open(url, { dir, prefer: "isomorphic" });
  expect(await texts(again, revision)).toEqual({ a: "1" });
});
