import { execFile } from "node:child_process";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { silentLogger } from "../../common/telemetry/index.ts";
import { openSignatures } from "../../hub/signatures/index.ts";
import { createMemoryStore } from "../fakes/memory-store.ts";
import { type GitServer, startGitServer } from "../git-server/index.ts";
import { useGitSources } from "./git-source-fixture.ts";

const run = promisify(execFile);
/** What gpg and git made of keys that ended, were revoked, stolen, weak (record.sh says how). */
const recorded = fileURLToPath(new URL("openpgp/", import.meta.url));
const author = { name: "Drover", email: "drover@example.com", at: "2026-11-23T10:00:00.000Z" };
const keysFile = join(recorded, "keys.asc");

for (const prefer of ["native", "isomorphic"] as const) {
  describe(`OpenPGP signatures, ${prefer}`, () => {
    const { open, repository, temporaryFolder } = useGitSources(prefer);
    let server: GitServer;

    beforeAll(async () => {
      server = await startGitServer();
    });
    afterAll(() => server.stop());

    /** The trunk at the first recorded commit, the others on top of it. */
    async function prepared(allowed: "keys" | "keys and signers") {
      const { url, work } = await repository(server);
      const folder = await temporaryFolder();
      for (const name of ["hub", "ann"]) {
        await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, name)]);
      }
      const { stdout: annsKey } = await run("ssh-keygen", ["-y", "-f", join(folder, "ann")]);
      await writeFile(join(folder, "signers"), `ann@example.com ${annsKey}`);
      await work.git("hash-object", "-t", "tree", "-w", "/dev/null");
      const files = (await readdir(recorded)).filter((name) => name.endsWith(".commit")).toSorted();
      const paths = files.map((name) => join(recorded, name));
      const oids = (await work.git("hash-object", "-t", "commit", "-w", ...paths)).split("\n");
      const commits = new Map(files.map((name, index) => [name.replace(".commit", ""), oids[index] ?? ""]));
      await work.git("push", "--quiet", "origin", `${commits.get("first")}:refs/heads/main`);
      const signatures = await openSignatures({
        signingKey: join(folder, "hub"),
        allowedSigners: allowed === "keys" ? undefined : join(folder, "signers"),
        allowedKeys: keysFile,
        email: author.email,
        dataDir: folder,
        env: process.env,
      });
      const mirror = await open(url, { sign: signatures.sign });
      const options = { store: createMemoryStore(), trunk: "main", log: silentLogger() };
      return { work, folder, commits, source: await signatures.verified(mirror, options) };
    }

    test("rule 11: commits that gpg signed are used as far as their keys were good then; others say why, with the key", async () => {
      const { work, commits, source } = await prepared("keys");
      await work.git("push", "--quiet", "origin", ...[...commits].map(([name, oid]) => `${oid}:refs/heads/${name}`));
      const shown = await source.fetch();
      const verdicts = [...commits].map(([name, oid]) => {
        if (shown.get(name) === oid) return [name, "is used"];
        const id = oid.slice(0, 12);
        const [before, after] = [
          `Branch "${name}" is not used instead of ${id}: commit ${id} by Ada <ada@example.com> `,
          `: expected the OpenPGP signature of a key in "${keysFile}"`,
        ];
        const [problem] = source.problems(name);
        return [name, problem?.message.replace(before, "").replace(after, "")];
      });
      const counts = (who: string, why: string) =>
        expect.stringMatching(
          `^has a signature with the OpenPGP key [0-9A-F]{16} of ${who} <.*> that does not count \\(${why}`,
        );
      expect(Object.fromEntries(verdicts)).toEqual({
        first: "is used",
        "as-text": "is used",
        "before-expiry": "is used",
        "after-expiry": counts("Forge", "Primary key is expired"),
        "replaced-before": "is used",
        "replaced-after": counts("replaced", "Primary key is revoked"),
        "compromised-before": counts("compromised", "Primary key is revoked"),
        "compromised-after": counts("compromised", "Primary key is revoked"),
        "subkey-before-revocation": counts("Ada", ".*Subkey is revoked"),
        "weak-digest": counts("Forge", "Insecure message hash algorithm: SHA1"),
        "weak-key": counts("Weak", ".*RSA keys shorter than 2047 bits"),
        unknown: expect.stringMatching(/^is signed by somebody else, with the OpenPGP key [0-9A-F]{16}$/),
      });
    });

    test("keys of both kinds sign on one branch, the hub on top of them; a commit says what was expected of either", async () => {
      const { work, folder, commits, source } = await prepared("keys and signers");
      const [first = "", merge = ""] = [commits.get("first"), commits.get("before-expiry")];
      await source.fetch();
      await work.switchTo("next", merge);
      await work.git("config", "gpg.format", "ssh");
      await work.git("config", "user.signingkey", join(folder, "ann"));
      await work.git("commit", "--quiet", "--allow-empty", "-S", "-m", "of Ann, on top of the forge's");
      await work.git("push", "--quiet", "origin", "HEAD:main");
      const anns = await work.head();
      expect((await source.fetch()).get("main")).toBe(anns);
      const made = await source.makeCommit({ treeOf: first, parents: [anns], author, message: "Roll back" });
      await source.push("main", { from: anns, to: made });
      expect((await source.fetch()).get("main")).toBe(made);
      await work.git("pull", "--quiet", "origin", "main");
      const unsigned = await work.commit({ a: "1" }, "unsigned", { push: false });
      await work.git("push", "--quiet", "origin", "HEAD:main");
      expect((await source.fetch()).get("main")).toBe(made);
      const id = unsigned.slice(0, 12);
      expect(source.problems().map(({ message }) => message)).toEqual([
        `Branch "main" stays at ${made.slice(0, 12)} instead of ${id}: commit ${id} by Ada <ada@example.com> is not signed: expected the SSH signature of a signer in "${join(folder, "signers")}", or the OpenPGP signature of a key in "${keysFile}"`,
      ]);
    });
  });
}
