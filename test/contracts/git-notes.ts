import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { failure, type Prefer, type RepositoryServer, useGitSources } from "./git-source-fixture.ts";

const author = { name: "Drover", email: "drover@example.com", at: "2026-11-23T10:00:00.000Z" };
const message = "Note a promotion";
const zero = "0".repeat(40);

/** What every GitSource does with the notes beside commits. */
export function describeGitNotes(name: string, prefer: Prefer, startServer: () => Promise<RepositoryServer>): void {
  describe(`GitSource: notes, ${name}`, () => {
    const { open, repository } = useGitSources(prefer);
    let server: RepositoryServer;

    beforeAll(async () => {
      server = await startServer();
    });
    afterAll(() => server.stop());

    async function prepared() {
      const { url, work } = await repository(server);
      const a = await work.commit({ a: "1" }, "a");
      const b = await work.commit({ b: "1" }, "b");
      const source = await open(url);
      await source.fetch();
      return { url, work, source, a, b };
    }

    test("notes.make() and notes.push() put texts beside commits, where git shows them; who fetches reads them", async () => {
      const { url, work, source, a, b } = await prepared();
      expect(source.notes.tip()).toBe(undefined);
      const first = await source.notes.make({ on: undefined, texts: new Map([[a, "one\n"]]), author, message });
      expect(source.notes.tip()).toBe(undefined);
      await source.notes.push({ from: undefined, to: first });
      expect(source.notes.tip()).toBe(first);
      const second = await source.notes.make({
        on: first,
        texts: new Map([
          [a, "one\ntwo\n"],
          [b, "üç\n"],
        ]),
        author,
        message,
      });
      await source.notes.push({ from: first, to: second });

      const other = await open(url);
      await other.fetch();
      expect(other.notes.tip()).toBe(second);
      expect(await other.notes.read(second, [b, zero, a])).toEqual(["üç\n", undefined, "one\ntwo\n"]);
      expect(await other.notes.read(first, [a, b])).toEqual(["one\n", undefined]);
      expect([...other.branches().keys()]).toEqual(["main"]);
      await work.git("fetch", "--quiet", "origin", "refs/notes/drover:refs/notes/drover");
      expect(await work.git("notes", "--ref=drover", "show", a)).toBe("one\ntwo");
      expect(await work.git("log", "-1", "--format=%N", "--notes=drover", b)).toBe("üç");
      expect(await work.git("rev-parse", "refs/notes/drover^")).toBe(first);
      await work.git("fsck", "--strict");
    });

    test("hydrationNotes are others, under the name that other programs know, and move by themselves", async () => {
      const { url, work, source, a } = await prepared();
      const text = `{"drySha":"${zero}"}\n`;
      const note = await source.notes.make({ on: undefined, texts: new Map([[a, "ours"]]), author, message });
      await source.notes.push({ from: undefined, to: note });
      const made = await source.hydrationNotes.make({ on: undefined, texts: new Map([[a, text]]), author, message });
      await source.hydrationNotes.push({ from: undefined, to: made });
      const other = await open(url);
      await other.fetch();
      expect([other.notes.tip(), other.hydrationNotes.tip()]).toEqual([note, made]);
      expect(await other.hydrationNotes.read(made, [a])).toEqual([text]);
      await work.git("fetch", "--quiet", "origin", "refs/notes/*:refs/notes/*");
      expect(await work.git("notes", "--ref=hydrator.metadata", "show", a)).toBe(text.trim());
    });

    test("notes that people and git wrote are kept and read, however git spread them over folders", async () => {
      const { work, source, a, b } = await prepared();
      // Two levels deep, as git does it from tens of thousands on.
      await work.git("notes", "--ref=drover", "add", "-m", "by hand", a);
      const blob = await work.git("notes", "--ref=drover", "list", a);
      const path = `${a.slice(0, 2)}/${a.slice(2, 4)}/${a.slice(4)}`;
      await work.git("read-tree", "--empty");
      await work.git("update-index", "--add", "--cacheinfo", `100644,${blob},${path}`);
      const tree = await work.git("write-tree");
      await work.git("read-tree", "HEAD");
      const spread = await work.git("commit-tree", "-p", "refs/notes/drover", "-m", "Spread", tree);
      await work.git("update-ref", "refs/notes/drover", spread);
      await work.git("push", "--quiet", "origin", "refs/notes/drover");
      await source.fetch();
      const tip = source.notes.tip() ?? "";
      expect(await source.notes.read(tip, [a, b])).toEqual(["by hand\n", undefined]);
      const to = await source.notes.make({
        on: tip,
        texts: new Map([
          [a, "by hand\nand machine\n"],
          [b, "new\n"],
        ]),
        author,
        message,
      });
      await source.notes.push({ from: tip, to });
      await work.git("fetch", "--quiet", "origin", "+refs/notes/drover:refs/notes/drover");
      expect(await work.git("notes", "--ref=drover", "show", a)).toBe("by hand\nand machine");
      expect(await work.git("notes", "--ref=drover", "show", b)).toBe("new");
      // Git takes both apart and puts them together as it likes.
      await work.git("notes", "--ref=drover", "append", "-m", "again", b);
      await work.git("push", "--quiet", "origin", "refs/notes/drover");
      await source.fetch();
      expect(await source.notes.read(source.notes.tip() ?? "", [a, b])).toEqual([
        "by hand\nand machine\n",
        "new\n\nagain\n",
      ]);
    });

    test("of two writers at a time one is ABORTED, and both are heard when it tries again on top", async () => {
      const { url, source, a, b } = await prepared();
      const rival = await open(url);
      await rival.fetch();
      const mine = await source.notes.make({ on: undefined, texts: new Map([[a, "mine\n"]]), author, message });
      const theirs = await rival.notes.make({ on: undefined, texts: new Map([[b, "theirs\n"]]), author, message });
      await source.notes.push({ from: undefined, to: mine });
      expect((await failure(rival.notes.push({ from: undefined, to: theirs }))).code).toBe("ABORTED");
      await rival.fetch();
      const on = rival.notes.tip();
      expect(on).toBe(mine);
      const both = await rival.notes.make({ on, texts: new Map([[b, "theirs\n"]]), author, message });
      await rival.notes.push({ from: on, to: both });
      await source.fetch();
      expect(await source.notes.read(both, [a, b])).toEqual(["mine\n", "theirs\n"]);
    });

    test("push() with notes moves the branch and the notes, or neither", async () => {
      const { url, work, source, a, b } = await prepared();
      const first = await source.notes.make({ on: undefined, texts: new Map([[a, "one\n"]]), author, message });
      await source.push("env/prod", { from: undefined, to: a }, { notes: { from: undefined, to: first } });
      const remote = () => work.git("ls-remote", "origin", "refs/heads/env/prod", "refs/notes/drover");
      const after = `${a}\trefs/heads/env/prod\n${first}\trefs/notes/drover`;
      expect(await remote()).toBe(after);

      const second = await source.notes.make({ on: first, texts: new Map([[b, "two\n"]]), author, message });
      const late = { from: undefined, to: second };
      expect((await failure(source.push("env/prod", { from: a, to: b }, { notes: late }))).code).toBe("ABORTED");
      const notes = { from: first, to: second };
      expect((await failure(source.push("env/prod", { from: undefined, to: b }, { notes }))).code).toBe("ABORTED");
      expect(await remote()).toBe(after);
      await source.push("env/prod", { from: a, to: b }, { notes });
      const other = await open(url);
      await other.fetch();
      expect([other.branches().get("env/prod"), other.notes.tip()]).toEqual([b, second]);
    });

    test("what a machine made and pushed is not sent again, and what it made in between is", async () => {
      const { url, source, a, b } = await prepared();
      let tip: string | undefined;
      for (let round = 0; round < 5; round++) {
        const texts = new Map([[round % 2 === 0 ? a : b, `round ${round}\n`]]);
        const to = await source.notes.make({ on: tip, texts, author, message });
        // Never pushed, the next one builds on it.
        const next = await source.notes.make({ on: to, texts: new Map([[zero, `${round}\n`]]), author, message });
        await source.notes.push({ from: tip, to: next });
        tip = next;
      }
      const other = await open(url);
      await other.fetch();
      expect(await other.notes.read(other.notes.tip() ?? "", [a, b, zero])).toEqual(["round 4\n", "round 3\n", "4\n"]);
    });

    test("notes that do not exist are NOT_FOUND", async () => {
      const { source, a } = await prepared();
      const codes = await Promise.all(
        [source.notes.read(zero, [a]), source.notes.make({ on: zero, texts: new Map(), author, message })].map(
          async (call) => (await failure(call)).code,
        ),
      );
      expect(codes).toEqual(["NOT_FOUND", "NOT_FOUND"]);
    });
  });
}
