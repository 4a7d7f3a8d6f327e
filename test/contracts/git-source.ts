import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AppError } from "../../common/errors.ts";
import { failure, type Prefer, type RepositoryServer, texts, useGitSources } from "./git-source-fixture.ts";

const zero = "0".repeat(40);

/** What every GitSource does with every server that speaks git's smart HTTP protocol. */
export function describeGitSource(name: string, prefer: Prefer, startServer: () => Promise<RepositoryServer>): void {
  describe(`GitSource: ${name}`, () => {
    const { open, repository, temporaryFolder } = useGitSources(prefer);
    let server: RepositoryServer;

    beforeAll(async () => {
      server = await startServer();
    });
    afterAll(() => server.stop());

    describe("reading", () => {
      test("fetch() brings all branches, and tree(), blobs() and commit() read them", async () => {
        const { url, work } = await repository(server);
        const first = await work.commit(
          { "fleet.yaml": "a\n", "apps/b/x.yaml": "b\n", "apps/a.yaml": "" },
          "Add the fleet\n\nBecause.",
          { date: "2026-01-02T03:04:05+02:00" },
        );
        await work.switchTo("env/prod");
        const second = await work.commit({ "fleet.yaml": null, "ü space.txt": "ü" }, "Remove");
        const source = await open(url);
        expect(source.branches()).toEqual(new Map());

        const branches = await source.fetch();
        expect(branches).toEqual(
          new Map([
            ["env/prod", second],
            ["main", first],
          ]),
        );
        expect(source.branches()).toEqual(branches);
        expect((await source.tree(first)).map((entry) => [entry.path, entry.mode])).toEqual([
          ["apps", "tree"],
          ["apps/a.yaml", "file"],
          ["apps/b", "tree"],
          ["apps/b/x.yaml", "file"],
          ["fleet.yaml", "file"],
        ]);
        expect((await source.tree(first, "apps/b")).map((entry) => entry.path)).toEqual(["apps/b/x.yaml"]);
        expect(await source.tree(first, "no/such/folder")).toEqual([]);
        expect(await source.tree(first, "fleet.yaml")).toEqual([]);
        expect(await texts(source, second)).toEqual({ "apps/a.yaml": "", "apps/b/x.yaml": "b\n", "ü space.txt": "ü" });
        expect(await source.commit(first)).toEqual({
          revision: first,
          tree: await work.git("rev-parse", `${first}^{tree}`),
          parents: [],
          author: { name: "Ada", email: "ada@example.com", at: "2026-01-02T01:04:05.000Z" },
          message: "Add the fleet\n\nBecause.",
        });
        expect((await source.commit(second)).parents).toEqual([first]);
      });

      test("tree() names executables, symlinks and submodules and follows none", async () => {
        const { url, work } = await repository(server);
        await work.commit({ "run.sh": "#!/bin/sh\n", file: "x" }, "Files", { push: false });
        await work.git("update-index", "--chmod=+x", "run.sh");
        await work.git("update-index", "--add", "--cacheinfo", `160000,${"1".repeat(40)},module`);
        const target = await work.git("hash-object", "-w", "file");
        await work.git("update-index", "--add", "--cacheinfo", `120000,${target},link`);
        await work.git("commit", "--quiet", "-m", "Modes");
        await work.push();
        const source = await open(url);
        await source.fetch();
        expect((await source.tree(await work.head())).map((entry) => [entry.path, entry.mode])).toEqual([
          ["file", "file"],
          ["link", "symlink"],
          ["module", "submodule"],
          ["run.sh", "executable"],
        ]);
      });

      test("blobs() answers in the order of the question, byte for byte", async () => {
        const { url, work } = await repository(server);
        const big = randomBytes(3_000_000);
        const binary = Buffer.from([0, 10, 13, 255, 0, 10]);
        const revision = await work.commit({ big, binary, empty: "" }, "Binaries");
        const source = await open(url);
        await source.fetch();
        const [bigOid = "", binaryOid = "", emptyOid = ""] = (await source.tree(revision)).map((entry) => entry.oid);
        const blobs = await source.blobs([emptyOid, binaryOid, bigOid, binaryOid]);
        expect(blobs.map((blob) => blob.equals(big))).toEqual([false, false, true, false]);
        expect([blobs[0], blobs[1], blobs[3]]).toEqual([Buffer.alloc(0), binary, binary]);
        expect(await source.blobs([])).toEqual([]);
      });

      test("fetch() takes a repository of 1,000 files", async () => {
        const { url, work } = await repository(server);
        const files = Object.fromEntries(
          Array.from({ length: 1000 }, (_, index) => [`apps/${index % 50}/${index}.yaml`, `number: ${index}\n`]),
        );
        const revision = await work.commit(files, "Many");
        const source = await open(url);
        await source.fetch();
        expect(await texts(source, revision)).toEqual(files);
      });

      test("log() is newest first and leaves out what `exclude` reaches", async () => {
        const { url, work } = await repository(server);
        const a = await work.commit({ a: "1" }, "a");
        const b = await work.commit({ b: "1" }, "b");
        await work.switchTo("side", a);
        const c = await work.commit({ c: "1" }, "c");
        await work.switchTo("main");
        await work.git("merge", "--quiet", "--no-ff", "-m", "m", "side");
        await work.push();
        const m = await work.head();
        const source = await open(url);
        await source.fetch();
        const log = async (revision: string, limit: number, exclude?: string) =>
          (await source.log(revision, exclude === undefined ? { limit } : { limit, exclude })).map(
            (each) => each.message,
          );
        expect((await log(m, 10)).toSorted()).toEqual(["a", "b", "c", "m"]);
        expect((await log(m, 10))[0]).toBe("m");
        expect((await log(m, 10))[3]).toBe("a");
        expect(await log(b, 10)).toEqual(["b", "a"]);
        expect(await log(b, 1)).toEqual(["b"]);
        expect(await log(m, 10, b)).toEqual(["m", "c"]);
        expect(await log(b, 10, b)).toEqual([]);
        expect(await log(a, 10, m)).toEqual([]);
        expect(await Promise.all([source.isAncestor(a, m), source.isAncestor(m, a), source.isAncestor(c, m)])).toEqual([
          true,
          false,
          true,
        ]);
        expect(await Promise.all([source.isAncestor(b, c), source.isAncestor(b, b)])).toEqual([false, true]);
      });

      test("what does not exist is NOT_FOUND, what cannot be an id is INVALID_ARGUMENT", async () => {
        const { url, work } = await repository(server);
        const revision = await work.commit({ a: "1" }, "a");
        const source = await open(url);
        await source.fetch();
        const codes = await Promise.all(
          [
            source.commit(zero),
            source.tree(zero),
            source.blobs([zero]),
            source.log(revision, { exclude: zero, limit: 1 }),
            source.isAncestor(zero, revision),
            source.commit("--help"),
            source.blobs(["HEAD"]),
            source.push("../x", { from: undefined, to: revision }),
          ].map(async (promise) => (await failure(promise)).code),
        );
        expect(codes).toEqual([
          ...Array.from({ length: 5 }, () => "NOT_FOUND"),
          ...Array.from({ length: 3 }, () => "INVALID_ARGUMENT"),
        ]);
      });
    });

    describe("following the remote", () => {
      test("an empty repository has no branches, and its first commit is seen", async () => {
        const { url, work } = await repository(server);
        const source = await open(url);
        expect(await source.fetch()).toEqual(new Map());
        const revision = await work.commit({ a: "1" }, "a");
        expect(await source.fetch()).toEqual(new Map([["main", revision]]));
        expect(await texts(source, revision)).toEqual({ a: "1" });
      });

      test("new commits, new, deleted and forced branches are seen; old commits stay readable", async () => {
        const { url, work } = await repository(server);
        const a = await work.commit({ a: "1" }, "a");
        await work.switchTo("env");
        const b = await work.commit({ b: "1" }, "b");
        const source = await open(url);
        await source.fetch();

        // A name that was a branch becomes a folder of branches.
        await work.deleteRemoteBranch("env");
        await work.switchTo("main");
        await work.git("branch", "-D", "env");
        await work.git("reset", "--quiet", "--hard", a);
        await work.git("commit", "--quiet", "--amend", "--allow-empty", "-m", "forced");
        await work.push({ force: true });
        const forced = await work.head();
        await work.switchTo("env/prod");
        const c = await work.commit({ c: "1" }, "c");
        const branches = await source.fetch();
        expect(branches).toEqual(
          new Map([
            ["env/prod", c],
            ["main", forced],
          ]),
        );
        expect(await texts(source, c)).toEqual({ a: "1", c: "1" });
        expect(await texts(source, b)).toEqual({ a: "1", b: "1" });
        expect(await source.isAncestor(a, forced)).toBe(false);
      });

      test("many fetches in a row and at a time agree, while others read", async () => {
        const { url, work } = await repository(server);
        const source = await open(url);
        await work.commit({ a: "0" }, "0");
        await source.fetch();
        for (let round = 1; round <= 5; round++) {
          const revision = await work.commit({ a: `${round}` }, `${round}`);
          const results = await Promise.all([source.fetch(), source.fetch(), source.fetch()]);
          expect(results.map((branches) => branches.get("main"))).toEqual([revision, revision, revision]);
          const reads = await Promise.all(Array.from({ length: 20 }, () => texts(source, revision)));
          expect(new Set(reads.map((read) => read["a"]))).toEqual(new Set([`${round}`]));
        }
      });

      test("a folder that holds the mirror of another URL is emptied first", async () => {
        const one = await repository(server);
        const other = await repository(server);
        await one.work.commit({ a: "1" }, "a");
        const revision = await other.work.commit({ b: "1" }, "b");
        const dir = await temporaryFolder();
        const first = await open(one.url, { dir });
        await first.fetch();
        await first.close();
        const second = await open(other.url, { dir });
        expect(second.branches()).toEqual(new Map());
        expect(await second.fetch()).toEqual(new Map([["main", revision]]));
      });
    });

    describe("pushing", () => {
      async function pushed() {
        const { url, work } = await repository(server);
        const a = await work.commit({ a: "1" }, "a");
        const b = await work.commit({ b: "1" }, "b");
        const source = await open(url);
        await source.fetch();
        return { url, work, source, a, b };
      }

      test("push() makes a branch and moves it forward", async () => {
        const { source, a, b } = await pushed();
        await source.push("env/prod", { from: undefined, to: a });
        expect((await source.fetch()).get("env/prod")).toBe(a);
        await source.push("env/prod", { from: a, to: b });
        expect((await source.fetch()).get("env/prod")).toBe(b);
        await source.push("env/prod", { from: b, to: b });
        expect((await source.fetch()).get("env/prod")).toBe(b);
      });

      test("push() from where the branch is not, to where it is already, or backwards, is ABORTED", async () => {
        const { source, work, a, b } = await pushed();
        await source.push("env/prod", { from: undefined, to: a });
        const codes: string[] = [];
        for (const [branch, move] of [
          ["env/prod", { from: undefined, to: b }],
          ["env/prod", { from: undefined, to: a }],
          ["main", { from: a, to: b }],
          ["main", { from: b, to: a }],
          ["none", { from: a, to: b }],
        ] as const) {
          codes.push((await failure(source.push(branch, move))).code);
        }
        expect(codes).toEqual(Array.from({ length: 5 }, () => "ABORTED"));
        expect(await work.git("ls-remote", "--heads", "origin")).toBe(
          `${a}\trefs/heads/env/prod\n${b}\trefs/heads/main`,
        );
      });

      test("of two pushes at a time one wins and the other is ABORTED", async () => {
        const { url, source, work, a, b } = await pushed();
        await work.switchTo("other", a);
        const c = await work.commit({ c: "1" }, "c");
        await source.push("env/prod", { from: undefined, to: a });
        const rival = await open(url);
        await Promise.all([source.fetch(), rival.fetch()]);
        const results = await Promise.allSettled([
          source.push("env/prod", { from: a, to: b }),
          rival.push("env/prod", { from: a, to: c }),
        ]);
        const reasons = results.map((result) =>
          result.status === "rejected" ? (result.reason as AppError).code : "ok",
        );
        expect(new Set(reasons)).toEqual(new Set(["ABORTED", "ok"]));
        expect((await source.fetch()).get("env/prod")).toBe(reasons[0] === "ok" ? b : c);
      });

      describe("a machine's commit", () => {
        const author = { name: "Drover", email: "drover@example.com", at: "2026-11-23T10:00:00.000Z" };
        const message = "Revert to the last good state\n\nDrover-Reverts: x";

        test("has the files of another commit on top of the tip, and reaches the remote with its push", async () => {
          const { source, work, a, b } = await pushed();
          const revert = await source.makeCommit({ treeOf: a, parents: [b], author, message });
          expect(await source.commit(revert)).toEqual({
            revision: revert,
            tree: await work.git("rev-parse", `${a}^{tree}`),
            parents: [b],
            author,
            message,
          });
          expect((await source.fetch()).get("main")).toBe(b);
          await source.push("main", { from: b, to: revert });
          expect((await source.fetch()).get("main")).toBe(revert);
          await work.git("pull", "--quiet");
          expect(await work.git("log", "-1", "--format=%H %an %ae %cn %ce %ct %P")).toBe(
            `${revert} Drover drover@example.com Drover drover@example.com 1795428000 ${b}`,
          );
          expect(await work.git("ls-files")).toBe("a");
          await work.git("fsck", "--strict");
        });

        test("may follow another one that was never pushed, and have two parents", async () => {
          const { source, work, a, b } = await pushed();
          const revert = await source.makeCommit({ treeOf: a, parents: [b], author, message });
          const both = await source.makeCommit({ treeOf: b, parents: [revert, b], author, message: "Again" });
          await source.push("main", { from: b, to: both });
          expect((await source.log(both, { limit: 10 })).map(({ revision }) => revision).toSorted()).toEqual(
            [a, b, revert, both].toSorted(),
          );
          await work.git("pull", "--quiet");
          expect(await work.git("rev-parse", "HEAD^1", "HEAD^2")).toBe(`${revert}\n${b}`);
        });

        test("has the files that it is given: new ones, and such as are there already", async () => {
          const { source, work, a, b } = await pushed();
          await work.git("update-index", "--chmod=+x", "a");
          await work.git("commit", "--quiet", "-m", "Executable");
          await work.push();
          await source.fetch();
          const tip = await work.head();
          const [old] = await source.tree(tip);
          const treeOf = [
            { path: "apps/z/ü.yaml", content: Buffer.from("z\n") },
            { path: "apps/run", oid: old?.oid ?? "", mode: "executable" },
            { path: "apps.yaml", content: Buffer.from("") },
          ] as const;
          const made = await source.makeCommit({ treeOf, parents: [tip], author, message });
          expect(await texts(source, made)).toEqual({ "apps.yaml": "", "apps/run": "1", "apps/z/ü.yaml": "z\n" });
          // On top of one that was never pushed, with most of its files.
          const more = [...treeOf, { path: "b", content: Buffer.from("b") }];
          const next = await source.makeCommit({ treeOf: more, parents: [made], author, message });
          await source.push("main", { from: tip, to: next });
          await source.push("env/prod-next", { from: undefined, to: made });
          expect((await source.fetch()).get("main")).toBe(next);
          await work.git("fetch", "--quiet");
          expect(
            (await work.git("ls-tree", "-r", "origin/main", "apps")).split("\n").map((line) => line.slice(0, 6)),
          ).toEqual(["100755", "100644"]);
          await work.git("fsck", "--strict");
          expect(await source.makeCommit({ treeOf: treeOf.toReversed(), parents: [tip], author, message })).toBe(made);
          expect(
            (
              await failure(
                source.makeCommit({
                  treeOf: [{ path: "../x", content: Buffer.from("") }],
                  parents: [a, b],
                  author,
                  message,
                }),
              )
            ).code,
          ).toBe("INVALID_ARGUMENT");
        });

        test("is the same when it is made again: a crash before its push does no harm", async () => {
          const { url, source, a, b } = await pushed();
          const commit = { treeOf: a, parents: [b], author, message };
          const made = await source.makeCommit(commit);
          expect(await source.makeCommit(commit)).toBe(made);
          expect((await source.fetch()).get("main")).toBe(b);
          const other = await open(url);
          await other.fetch();
          expect(await other.makeCommit(commit)).toBe(made);
          await other.push("main", { from: b, to: made });
          expect((await source.fetch()).get("main")).toBe(made);
          await source.push("main", { from: made, to: made });
        });

        test("loses against who pushed first, and leaves nothing behind", async () => {
          const { source, work, a, b } = await pushed();
          const revert = await source.makeCommit({ treeOf: a, parents: [b], author, message });
          const rival = await work.commit({ c: "1" }, "c");
          expect((await failure(source.push("main", { from: b, to: revert }))).code).toBe("ABORTED");
          expect((await source.fetch()).get("main")).toBe(rival);
        });

        test("of files or onto a tip that do not exist is NOT_FOUND", async () => {
          const { source, a } = await pushed();
          const codes = await Promise.all(
            [
              source.makeCommit({ treeOf: zero, parents: [a], author, message }),
              source.makeCommit({ treeOf: a, parents: [zero], author, message }),
            ].map(async (made) => (await failure(made)).code),
          );
          expect(codes).toEqual(["NOT_FOUND", "NOT_FOUND"]);
        });
      });

      test("push() of a commit that the mirror does not know is NOT_FOUND", async () => {
        const { source, work, a } = await pushed();
        const unknown = await work.commit({ z: "1" }, "z", { push: false });
        expect((await failure(source.push("main", { from: a, to: unknown }))).code).toBe("NOT_FOUND");
      });
    });
  });
}
