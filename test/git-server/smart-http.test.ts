import { createHmac, randomBytes } from "node:crypto";
import fs from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { init } from "isomorphic-git";
import { afterEach, beforeEach, expect, test } from "vitest";
import { git } from "./git-environment.ts";
import { type DemoGitServer, startDemoGitServer } from "./smart-http.ts";
import { createWorkTree, type WorkTree } from "./work-tree.ts";

let root: string;
let dir: string;
let server: DemoGitServer;
let work: WorkTree;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "drover-demo-git-"));
  dir = join(root, "fleet.git");
  await init({ fs, gitdir: dir, bare: true, defaultBranch: "main" });
  server = await startDemoGitServer({ dir });
  work = await createWorkTree(server.url);
});

afterEach(async () => {
  await work.remove();
  await server.stop();
  await rm(root, { recursive: true, force: true });
});

const clone = async (name: string, ...args: string[]) => {
  await git(root, root, ["clone", "--quiet", ...args, server.url, name]);
  return (...args: string[]) => git(join(root, name), root, args);
};

test("startDemoGitServer() takes pushes and gives clones and fetches to the real git", async () => {
  const files = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`d${index % 20}/${index}`, `${index}`]));
  await work.commit({ ...files, big: randomBytes(2_500_000) }, "first");
  const other = await clone("other");
  expect(await other("rev-parse", "HEAD")).toBe(await work.head());
  expect((await other("ls-files")).split("\n").length).toBe(1001);

  const second = await work.commit({ "d1/1": "changed", big: null }, "second");
  await other("pull", "--quiet", "--ff-only");
  expect(await other("rev-parse", "HEAD")).toBe(second);
  await other("fsck", "--full", "--strict");
  expect(await git(dir, root, ["fsck", "--full"])).toBe("");
  expect(await other("rev-parse", "HEAD:d1/1")).toBe(await work.git("rev-parse", "HEAD:d1/1"));
});

test("startDemoGitServer() makes, forces and deletes branches and tags", async () => {
  const a = await work.commit({ a: "1" }, "a");
  await work.switchTo("env/prod");
  const b = await work.commit({ b: "1" }, "b");
  await work.git("tag", "-a", "v1", "-m", "one");
  await work.git("push", "--quiet", "origin", "v1");
  expect(await work.git("ls-remote", "--heads", "origin")).toBe(`${b}\trefs/heads/env/prod\n${a}\trefs/heads/main`);
  const other = await clone("other");
  expect(await other("rev-parse", "v1^{commit}")).toBe(b);

  await work.git("commit", "--quiet", "--amend", "-m", "b again");
  await expect(work.push()).rejects.toThrow("non-fast-forward");
  await work.push({ force: true });
  await work.git("push", "--quiet", "origin", "--delete", "v1");
  expect(await work.git("ls-remote", "--heads", "--tags", "origin")).toBe(
    `${await work.head()}\trefs/heads/env/prod\n${a}\trefs/heads/main`,
  );
  await work.deleteRemoteBranch("env/prod");
  expect(await work.git("ls-remote", "--heads", "origin")).toBe(`${a}\trefs/heads/main`);
  await expect(work.deleteRemoteBranch("main")).rejects.toThrow("deletion of the current branch prohibited");
  await expect(work.git("push", "origin", "HEAD:refs/heads/main/x")).rejects.toThrow("exists; cannot create");
});

test("startDemoGitServer() lets one of two pushes win", async () => {
  const a = await work.commit({ a: "1" }, "a");
  const other = await clone("other");
  await other("commit", "--quiet", "--allow-empty", "-m", "theirs");
  await work.commit({ b: "1" }, "ours");
  await expect(other("push", "origin", "HEAD")).rejects.toThrow("fetch first");
  // A client that only believes to know: the server compares again.
  await expect(other("push", "origin", `--force-with-lease=main:${a}`, "HEAD:main")).rejects.toThrow("stale info");
  expect(await work.git("ls-remote", "--heads", "origin")).toBe(`${await work.head()}\trefs/heads/main`);
});

test("startDemoGitServer() serves shallow clones, deepens them and takes pushes from them", async () => {
  for (const name of ["1", "2", "3", "4"]) await work.commit({ [name]: name }, name);
  const shallow = await clone("shallow", "--depth", "1");
  const messages = async () => (await shallow("log", "--format=%s")).split("\n");
  expect(await messages()).toEqual(["4"]);
  await work.commit({ "5": "5" }, "5");
  await shallow("pull", "--quiet", "--ff-only");
  expect(await messages()).toEqual(["5", "4"]);
  await shallow("commit", "--quiet", "--allow-empty", "-m", "6");
  await shallow("push", "--quiet");
  await shallow("fetch", "--quiet", "--depth", "3");
  expect(await messages()).toEqual(["6", "5", "4"]);
  await shallow("fetch", "--quiet", "--unshallow");
  expect(await messages()).toEqual(["6", "5", "4", "3", "2", "1"]);
  await shallow("fsck", "--full");
});

test("startDemoGitServer() fetches only what is new, also after histories parted", async () => {
  await work.commit({ big: randomBytes(1_000_000) }, "base");
  const other = await clone("other");
  await other("commit", "--quiet", "--allow-empty", "-m", "local");
  await work.commit({ a: "1" }, "remote");
  await other("fetch", "--quiet");
  expect(await other("rev-parse", "origin/main")).toBe(await work.head());
  const packed = await other("count-objects", "-v");
  expect(Number(/^size: (\d+)$/m.exec(packed)?.[1]) + Number(/^size-pack: (\d+)$/m.exec(packed)?.[1])).toBeLessThan(
    1200,
  );
});

test("startDemoGitServer() tells a webhook of each push, signed", async () => {
  const events: { signature: string; body: string }[] = [];
  const receiver = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    events.push({ signature: String(request.headers["x-hub-signature-256"]), body: Buffer.concat(chunks).toString() });
    response.end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  server.setWebhook({ url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`, secret: "s" });
  const revision = await work.commit({ a: "1" }, "a");
  await server.stop();
  receiver.close();
  const [event] = events;
  expect(JSON.parse(event?.body ?? "")).toEqual({
    ref: "refs/heads/main",
    before: "0".repeat(40),
    after: revision,
    created: true,
    deleted: false,
    repository: { full_name: "fleet", clone_url: server.url },
  });
  expect(event?.signature).toBe(
    `sha256=${createHmac("sha256", "s")
      .update(event?.body ?? "")
      .digest("hex")}`,
  );
});

test("startDemoGitServer() refuses what a web page could send and what is no repository", async () => {
  const post = (headers: Record<string, string>) =>
    fetch(`${server.url}/git-receive-pack`, { method: "POST", headers, body: "0000" });
  expect((await post({ "content-type": "text/plain" })).status).toBe(415);
  expect((await post({ "content-type": "application/x-git-receive-pack-request" })).status).toBe(200);
  expect((await fetch(server.url.replace("fleet", "other"))).status).toBe(404);
  await expect(git(root, root, ["clone", server.url.replace("fleet", "other"), "x"])).rejects.toThrow("not found");
});
