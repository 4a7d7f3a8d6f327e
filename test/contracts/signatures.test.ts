import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { silentLogger } from "../../common/telemetry/index.ts";
import { openSignatures } from "../../hub/signatures/index.ts";
import { createMemoryStore } from "../fakes/memory-store.ts";
import { type GitServer, startGitServer, type WorkTree } from "../git-server/index.ts";
import { failure, useGitSources } from "./git-source-fixture.ts";

const run = promisify(execFile);
const author = { name: "Drover", email: "drover@example.com", at: "2026-11-23T10:00:00.000Z" };

/** With keys, ssh-keygen and git as they are. */
for (const prefer of ["native", "isomorphic"] as const) {
  describe(`signatures, ${prefer}`, () => {
    const { open, repository, temporaryFolder } = useGitSources(prefer);
    let server: GitServer;
    let keys: string;

    beforeAll(async () => {
      server = await startGitServer();
      keys = await mkdtemp(join(tmpdir(), "drover-keys-"));
      for (const name of ["ann", "eve", "hub"]) {
        await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", join(keys, name)]);
      }
      const { stdout } = await run("ssh-keygen", ["-y", "-f", join(keys, "ann")]);
      await writeFile(join(keys, "allowed"), `ann@example.com namespaces="git" ${stdout}`);
    });
    afterAll(async () => {
      await server.stop();
      await rm(keys, { recursive: true, force: true });
    });

    const signAs = async (work: WorkTree, name: string | undefined) => {
      await work.git("config", "gpg.format", "ssh");
      await work.git("config", "commit.gpgsign", String(name !== undefined));
      if (name !== undefined) await work.git("config", "user.signingkey", join(keys, name));
    };

    async function prepared() {
      const { url, work } = await repository(server);
      await signAs(work, undefined);
      await work.commit({ a: "0" }, "before there were keys");
      await signAs(work, "ann");
      const first = await work.commit({ a: "1" }, "first");
      const signatures = await openSignatures({
        signingKey: join(keys, "hub"),
        allowedSigners: join(keys, "allowed"),
        allowedKeys: undefined,
        email: author.email,
        dataDir: await temporaryFolder(),
        env: process.env,
      });
      const store = createMemoryStore();
      const openVerified = async () =>
        signatures.verified(await open(url, { sign: signatures.sign }), { store, trunk: "main", log: silentLogger() });
      const source = await openVerified();
      return { url, work, first, source, openVerified };
    }

    test("rule 11: a branch is followed over signed commits, stays before an unsigned or foreign one in their midst, and goes on when it is gone", async () => {
      const { work, first, source, openVerified } = await prepared();
      expect(await source.fetch()).toEqual(new Map([["main", first]]));
      const second = await work.commit({ a: "2" }, "second");
      expect((await source.fetch()).get("main")).toBe(second);

      await signAs(work, undefined);
      const unsigned = await work.commit({ a: "3" }, "unsigned");
      await signAs(work, "ann");
      const above = await work.commit({ a: "4" }, "signed above");
      expect((await source.fetch()).get("main")).toBe(second);
      const problem = (wrong: string, said: string, tip: string, stays: string) => [
        {
          severity: "error",
          message: `Branch "main" stays at ${stays.slice(0, 12)} instead of ${tip.slice(0, 12)}: commit ${wrong.slice(0, 12)} by Ada <ada@example.com> ${said}: expected the SSH signature of a signer in "${join(keys, "allowed")}"`,
        },
      ];
      expect(source.problems()).toEqual(problem(unsigned, "is not signed", above, second));
      // The hub starts anew: it knows where it stayed.
      const again = await openVerified();
      expect((await again.fetch()).get("main")).toBe(second);

      await work.git("reset", "--quiet", "--hard", second);
      await signAs(work, "eve");
      const foreign = await work.commit({ a: "5" }, "eve's", { push: false });
      await work.push({ force: true });
      expect((await source.fetch()).get("main")).toBe(second);
      expect(source.problems("main")).toEqual(
        problem(foreign, "has a signature of somebody else, or one that does not fit", foreign, second),
      );

      await work.git("reset", "--quiet", "--hard", second);
      await signAs(work, "ann");
      const good = await work.commit({ a: "6" }, "good", { push: false });
      await work.push({ force: true });
      expect((await source.fetch()).get("main")).toBe(good);
      expect(source.problems()).toEqual([]);
    });

    test("what the verified trunk has may go anywhere; what else is on a branch must be signed", async () => {
      const { work, first, source } = await prepared();
      await source.fetch();
      const oldest = await work.git("rev-parse", `${first}^`);
      await work.git("push", "--quiet", "origin", `${oldest}:refs/heads/env/prod`);
      expect((await source.fetch()).get("env/prod")).toBe(oldest);
      await work.git("push", "--quiet", "origin", `${first}:refs/heads/env/prod`);
      expect((await source.fetch()).get("env/prod")).toBe(first);
      await signAs(work, undefined);
      await work.switchTo("env/prod", first);
      await work.commit({ a: "by hand" }, "by hand");
      expect((await source.fetch()).get("env/prod")).toBe(first);
      expect(source.problems("env/prod")).toEqual([
        { severity: "error", message: expect.stringContaining("by Ada <ada@example.com> is not signed") },
      ]);
      expect(source.problems("main")).toEqual([]);
    });

    test("the hub's own commits are signed: git says so, they are used, and equal ones stay equal", async () => {
      const { work, first, source } = await prepared();
      await source.fetch();
      const second = await work.commit({ a: "2" }, "second");
      await source.fetch();
      const commit = { treeOf: first, parents: [second], author, message: "Roll back" };
      const made = await source.makeCommit(commit);
      expect(await source.makeCommit(commit)).toBe(made);
      await source.push("main", { from: second, to: made });
      expect((await source.fetch()).get("main")).toBe(made);
      await work.git("pull", "--quiet");
      const { stdout: hubKey } = await run("ssh-keygen", ["-y", "-f", join(keys, "hub")]);
      const file = join(await temporaryFolder(), "allowed");
      await writeFile(file, `drover@example.com ${hubKey}`);
      await work.git("config", "gpg.ssh.allowedSignersFile", file);
      expect(await work.git("log", "-1", "--format=%G? %GS", made)).toBe("G drover@example.com");
      await work.git("fsck", "--strict");
    });

    test("a signature of other bytes, or for another purpose, is none", async () => {
      const { work, first, source } = await prepared();
      await source.fetch();
      const { armoured } = (await source.signature(first)) ?? { armoured: "" };
      const raw = await work.git("cat-file", "commit", first);
      const forged = raw.replace("first", "forged");
      expect(forged).toContain(armoured.split("\n")[1]);
      const path = join(await temporaryFolder(), "forged");
      await writeFile(path, `${forged}\n`);
      const oid = await work.git("hash-object", "-t", "commit", "-w", path);
      await work.git("push", "--quiet", "--force", "origin", `${oid}:refs/heads/main`);
      expect((await source.fetch()).get("main")).toBe(first);
      expect(source.problems()).toMatchObject([{ message: expect.stringContaining("one that does not fit") }]);
    });

    test("what cannot be used is said at the start", async () => {
      const dataDir = await temporaryFolder();
      const options = {
        signingKey: undefined,
        allowedSigners: undefined,
        allowedKeys: undefined,
        email: author.email,
        dataDir,
        env: process.env,
      };
      const say = async (more: object) => (await failure(openSignatures({ ...options, ...more }))).message;
      const wrong = join(dataDir, "wrong");
      await writeFile(wrong, "not a key");
      await chmod(wrong, 0o600);
      await mkdir(join(dataDir, "empty"));
      expect([
        await say({ signingKey: wrong }),
        await say({ allowedSigners: join(keys, "allowed") }),
        await say({ allowedKeys: join(dataDir, "none") }),
        await say({ signingKey: join(keys, "hub"), allowedSigners: join(dataDir, "none") }),
        await say({ signingKey: join(keys, "hub"), allowedKeys: join(dataDir, "none") }),
        await say({ signingKey: join(keys, "hub"), allowedKeys: wrong }),
        await say({ signingKey: join(keys, "hub"), env: { PATH: join(dataDir, "empty") } }),
      ]).toEqual([
        expect.stringMatching(/^Cannot read the signing key in ".*wrong": .*: expected an OpenSSH private key/),
        expect.stringMatching(/with --allowed-signers alone: .* name its key with --signing-key$/),
        expect.stringMatching(/with --allowed-keys alone: .* name its key with --signing-key$/),
        `Cannot read the allowed signers in "${join(dataDir, "none")}"`,
        `Cannot read the allowed keys in "${join(dataDir, "none")}"`,
        expect.stringMatching(/^Cannot use the allowed keys in ".*wrong": there is none: expected armoured OpenPGP/),
        "Cannot use SSH signatures: ssh-keygen is not on the PATH",
      ]);
    });
  });
}
