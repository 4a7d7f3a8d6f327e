import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdir, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type GitServer, startGitServer } from "../git-server/index.ts";
import { failure, type Prefer, texts, useGitSources } from "./git-source-fixture.ts";

const zero = "0".repeat(40);

/** What every GitSource does when the server, the network, the disk or the process itself fails. */
export function describeGitSourceFaults(name: string, prefer: Prefer): void {
  describe(`GitSource under faults: ${name}`, () => {
    const { open, repository, temporaryFolder, cleanUp } = useGitSources(prefer);
    let server: GitServer;

    beforeAll(async () => {
      server = await startGitServer();
    });
    afterAll(() => server.stop());
    afterEach(() => {
      server.setDown(false);
      server.stallAfter(undefined);
    });

    test("a server that is away is UNAVAILABLE; the mirror answers from what it has", async () => {
      const { url, work } = await repository(server);
      const revision = await work.commit({ a: "1" }, "a");
      const source = await open(url);
      await source.fetch();
      server.setDown(true);
      const error = await failure(source.fetch());
      expect([error.code, error.retryable]).toEqual(["UNAVAILABLE", true]);
      expect(error.message).toContain(`Cannot fetch from "${url}": the server cannot be reached`);
      expect(source.branches()).toEqual(new Map([["main", revision]]));
      expect(await texts(source, revision)).toEqual({ a: "1" });
      expect((await failure(source.push("x", { from: undefined, to: revision }))).code).toBe("UNAVAILABLE");
      server.setDown(false);
      expect(await source.fetch()).toEqual(new Map([["main", revision]]));
    });

    test("a port where nobody listens is UNAVAILABLE", async () => {
      const source = await open("http://127.0.0.1:1/x.git");
      expect((await failure(source.fetch())).code).toBe("UNAVAILABLE");
    });

    test("a repository that does not exist is NOT_FOUND", async () => {
      const source = await open(`${server.url}/nothing.git`);
      const error = await failure(source.fetch());
      expect(error.code).toBe("NOT_FOUND");
      expect(error.message).toContain("there is no such repository, or no credentials may not read it");
    });

    test("credentials are asked for, refused, and accepted, and never told", async () => {
      const guarded = await startGitServer({ auth: { user: "bot", password: "s3cr:t/%" } });
      cleanUp(() => guarded.stop());
      const { url, work } = await repository(guarded);
      const revision = await work.commit({ a: "1" }, "a");
      const withPassword = (password: string) => url.replace("http://", `http://bot:${encodeURIComponent(password)}@`);

      const none = await failure((await open(url)).fetch());
      expect(none.code).toBe("UNAUTHENTICATED");
      expect(none.message).toContain("the server asks for credentials");
      const wrong = await failure((await open(withPassword("wrong-secret"))).fetch());
      expect(wrong.code).toBe("UNAUTHENTICATED");
      expect(wrong.message).toContain('the server refused the credentials of user "bot"');
      expect(JSON.stringify([wrong.message, wrong.details, String(wrong.stack)])).not.toContain("wrong-secret");

      const inside = await open(withPassword("s3cr:t/%"));
      expect(await inside.fetch()).toEqual(new Map([["main", revision]]));
      await inside.push("env/a", { from: undefined, to: revision });
      const beside = await open(url, { credentials: { username: "bot", password: "s3cr:t/%" } });
      expect([...(await beside.fetch()).keys()].toSorted()).toEqual(["env/a", "main"]);
    });

    test("an aborted fetch rejects with the reason, ends its work, and the next one is complete", async () => {
      const { url, work } = await repository(server);
      const revision = await work.commit({ big: randomBytes(500_000) }, "big");
      const source = await open(url);
      server.stallAfter(100_000);
      const stalled = server.stalled();
      const controller = new AbortController();
      const fetching = source.fetch({ signal: controller.signal });
      fetching.catch(() => undefined);
      await stalled;
      const reason = new Error("enough");
      controller.abort(reason);
      await expect(fetching).rejects.toBe(reason);
      await expect(source.fetch({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      server.stallAfter(undefined);
      expect(await source.fetch()).toEqual(new Map([["main", revision]]));
      expect(Object.keys(await texts(source, revision))).toEqual(["big"]);
    });

    test("a fetch that hangs ends with DEADLINE_EXCEEDED", async () => {
      const { url, work } = await repository(server);
      await work.commit({ big: randomBytes(500_000) }, "big");
      const source = await open(url, { fetchTimeoutMs: 500 });
      server.stallAfter(100_000);
      expect((await failure(source.fetch())).code).toBe("DEADLINE_EXCEEDED");
    });

    test("close() ends a fetch that hangs, and later calls are refused", async () => {
      const { url, work } = await repository(server);
      await work.commit({ big: randomBytes(500_000) }, "big");
      const source = await open(url);
      server.stallAfter(100_000);
      const stalled = server.stalled();
      const fetching = failure(source.fetch());
      await stalled;
      await source.close();
      expect((await fetching).code).toBe("UNAVAILABLE");
      expect((await failure(source.fetch())).code).toBe("UNAVAILABLE");
      expect((await failure(source.commit(zero))).code).toBe("UNAVAILABLE");
    });

    test("a process killed while it fetches leaves a folder that the next one can use", async () => {
      const { url, work } = await repository(server);
      const old = await work.commit({ a: "1" }, "a");
      const dir = await temporaryFolder();
      const before = await open(url, { dir });
      await before.fetch();
      await before.close();
      const revision = await work.commit({ big: randomBytes(500_000) }, "big");

      server.stallAfter(100_000);
      const stalled = server.stalled();
      const script = fileURLToPath(new URL("git-source-child.ts", import.meta.url));
      const child = spawn(process.execPath, ["--import", "tsx", script, JSON.stringify({ url, dir, prefer })], {
        stdio: ["ignore", "ignore", "inherit"],
      });
      await stalled;
      child.kill("SIGKILL");
      await once(child, "exit");
      server.stallAfter(undefined);

      const after = await open(url, { dir });
      expect(after.branches()).toEqual(new Map([["main", old]]));
      expect(await texts(after, old)).toEqual({ a: "1" });
      expect(await after.fetch()).toEqual(new Map([["main", revision]]));
      expect(Object.keys(await texts(after, revision))).toEqual(["a", "big"]);
    });

    test.each([
      ["lost its objects", async (path: string) => rm(path)],
      ["has cut-off objects", async (path: string) => truncate(path, 10)],
      ["has wrong objects", async (path: string) => writeFile(path, randomBytes(300))],
    ])("a mirror that %s is recognised and cloned afresh", async (_, harm) => {
      const { url, work } = await repository(server);
      const files = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`${index}`, `${index}`]));
      const revision = await work.commit(files, "files");
      const dir = await temporaryFolder();
      const first = await open(url, { dir });
      await first.fetch();
      await first.close();
      const all = await readdir(dir, { recursive: true });
      const objects = all.filter((path) => /objects\/(pack\/.*[.]pack|[0-9a-f]{2}\/.*)$/.test(path));
      expect(objects.length).toBeGreaterThan(0);
      for (const path of objects) {
        // Git writes them read-only.
        await rm(join(dir, path));
        await writeFile(join(dir, path), "x".repeat(300));
        await harm(join(dir, path));
      }

      const second = await open(url, { dir });
      expect(await second.fetch()).toEqual(new Map([["main", revision]]));
      expect(await texts(second, revision)).toEqual(files);
    });

    test("a mirror that is harmed while it is open says so, and heals with the next fetch", async () => {
      const { url, work } = await repository(server);
      const files = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`d/${index}`, `${index}`]));
      const revision = await work.commit(files, "files");
      const dir = await temporaryFolder();
      const source = await open(url, { dir });
      await source.fetch();
      const all = await readdir(dir, { recursive: true });
      for (const path of all.filter((each) => /objects\/(pack\/.*|[0-9a-f]{2}\/.*)$/.test(each))) {
        await rm(join(dir, path));
      }
      // Open files may still answer; from the moment on when they don't, the error says what to do.
      const read = await texts(source, revision).catch((thrown: unknown) => thrown);
      if (read instanceof Error) expect(read).toMatchObject({ name: "AppError" });
      await source.close();
      const again = await open(url, { dir });
      await again.fetch();
      expect(await texts(again, revision)).toEqual(files);
    });

    test("a folder with a broken marker or repository is begun anew", async () => {
      const { url, work } = await repository(server);
      const revision = await work.commit({ a: "1" }, "a");
      const dir = await temporaryFolder();
      await writeFile(join(dir, "mirror.json"), "{");
      const first = await open(url, { dir });
      await first.fetch();
      await first.close();
      const [folder = ""] = (await readdir(dir)).filter((each) => each.startsWith("repository-"));
      for (const file of ["HEAD", "branches.json"]) await writeFile(join(dir, folder, file), "nonsense");
      const second = await open(url, { dir });
      expect(await second.fetch()).toEqual(new Map([["main", revision]]));
      expect(await texts(second, revision)).toEqual({ a: "1" });
    });

    test("a reopened mirror knows the branches of the last fetch without the network", async () => {
      const { url, work } = await repository(server);
      const revision = await work.commit({ a: "1" }, "a");
      const dir = await temporaryFolder();
      const first = await open(url, { dir });
      await first.fetch();
      await first.close();
      server.setDown(true);
      const second = await open(url, { dir });
      expect(second.branches()).toEqual(new Map([["main", revision]]));
      expect(await texts(second, revision)).toEqual({ a: "1" });
    });

    test("push() tells what the server's hook said", async () => {
      const { url, path, work } = await repository(server);
      const a = await work.commit({ a: "1" }, "a");
      const source = await open(url);
      await source.fetch();
      await writeFile(join(path, "hooks", "update"), "#!/bin/sh\necho 'frozen until Monday'\nexit 1\n", {
        mode: 0o755,
      });
      const error = await failure(source.push("env/prod", { from: undefined, to: a }));
      expect(error.code).toBe("PERMISSION_DENIED");
      expect(error.message).toContain("hook declined");
    });
  });
}
