import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { errorCodes } from "../../common/errors.ts";
import type { Forge, Revision } from "../../hub/ports.ts";
import { until } from "../programs/index.ts";

/** One repository at a forge, and those who work there besides the hub. */
export interface ForgeStage extends AsyncDisposable {
  /** With the token of the user "drover", who may write to the repository. */
  readonly forge: Forge;
  forgeWith(token: string): Promise<Forge>;
  /** Makes a branch from "main". */
  branch(name: string): Promise<void>;
  /** A new commit on a branch, which is made from "main" when it is not there. */
  commit(branch: string): Promise<Revision>;
  tip(branch: string): Promise<Revision>;
  /** "ann" does it. */
  mergeByHand(number: number): Promise<void>;
  closeByHand(number: number): Promise<void>;
  comments(number: number): Promise<readonly string[]>;
  /** Nothing is merged into it unless the status "required" is there. */
  protect(branch: string): Promise<void>;
  stop(): Promise<void>;
}

const text = { title: "Promote 0123456 into prod", body: "| gate | state |\n| - | - |\n| upstream | passed |" };
const error = (code: keyof typeof errorCodes, words = /./) =>
  expect.objectContaining({ code, message: expect.stringMatching(words) });

export function describeForge(name: string, make: () => Promise<ForgeStage>): void {
  describe(`Forge, ${name}`, () => {
    let stage: ForgeStage;
    let forge: Forge;
    beforeAll(async () => {
      stage = await make();
      ({ forge } = stage);
    });
    afterAll(() => stage[Symbol.asyncDispose]());

    /** Branches of a test of its own, the head one commit ahead. */
    async function branches() {
      const id = randomUUID().slice(0, 8);
      const base = `env/${id}`;
      const head = `env/${id}-next`;
      await stage.branch(base);
      return { base, head, tip: await stage.commit(head) };
    }
    async function opened() {
      const { base, head, tip } = await branches();
      const { number } = await forge.openPullRequest({ base, head, ...text });
      return { base, head, tip, number };
    }
    /** Forges look at their leisure whether branches fit together. */
    async function merged(number: number, head: Revision): Promise<Revision> {
      const merge = { head, title: "Promote", message: "Drover-Tree-Of: 1" };
      const outcome = await until(`#${number} to be merged or refused`, () =>
        forge.mergePullRequest(number, merge).then(
          (commit) => ({ commit, thrown: undefined }),
          (thrown: { code?: string }) => (thrown.code === "UNAVAILABLE" ? undefined : { commit: "", thrown }),
        ),
      );
      if (outcome.thrown !== undefined) throw outcome.thrown;
      return outcome.commit;
    }

    test("openPullRequest() opens one, and gives back the one that is open", async () => {
      const { base, head, tip } = await branches();
      expect(await forge.findPullRequest({ base, head })).toBeUndefined();
      const first = await forge.openPullRequest({ base, head, ...text });
      expect(first).toEqual({
        number: expect.any(Number),
        url: expect.stringMatching(/^http/),
        state: "open",
        head: tip,
        ...text,
        endedBy: undefined,
        merged: undefined,
      });
      expect(await forge.openPullRequest({ base, head, title: "Another", body: "" })).toEqual(first);
      expect(await forge.findPullRequest({ base, head })).toEqual(first);
      expect(await forge.pullRequest(first.number)).toEqual(first);
      expect(await forge.findPullRequest({ base: "main", head })).toBeUndefined();
    });

    test("a pull request follows its branch and its text", async () => {
      const { head, number } = await opened();
      const tip = await stage.commit(head);
      const now = { title: `Promote ${"x".repeat(400)}`, body: "all passed" };
      await forge.updatePullRequest(number, now);
      const seen = await until("the new head", async () => {
        const pull = await forge.pullRequest(number);
        return pull.head === tip ? pull : undefined;
      });
      expect(seen.body).toBe("all passed");
      expect(seen.title).toMatch(/^Promote x{100,}…$/);
    });

    test("commentPullRequest() says something beside the text", async () => {
      const { number } = await opened();
      await forge.commentPullRequest(number, "Nothing is to go there any more");
      expect(await stage.comments(number)).toEqual(["Nothing is to go there any more"]);
      expect(await forge.pullRequest(number)).toMatchObject({ state: "open", ...text });
    });

    test("closePullRequest() closes, and the next one is another", async () => {
      const { base, head, number } = await opened();
      await forge.closePullRequest(number);
      expect(await forge.pullRequest(number)).toMatchObject({ state: "closed", endedBy: "drover", merged: undefined });
      expect(await forge.findPullRequest({ base, head })).toBeUndefined();
      expect((await forge.openPullRequest({ base, head, ...text })).number).not.toBe(number);
    });

    test("rule 2: mergePullRequest() merges the head it was told and no other", async () => {
      const { base, head, tip, number } = await opened();
      const newer = await stage.commit(head);
      const before = await stage.tip(base);
      await until(
        "the forge to see the new head",
        async () => (await forge.pullRequest(number)).head === newer || undefined,
      );
      await expect(merged(number, tip)).rejects.toEqual(error("ABORTED"));
      expect(await stage.tip(base)).toBe(before);

      const commit = await merged(number, newer);
      expect(await stage.tip(base)).toBe(commit);
      expect(await forge.pullRequest(number)).toMatchObject({ state: "merged", endedBy: "drover", merged: commit });
    });

    test("rule 16: what a person merges or closes is told with the name", async () => {
      const closed = await opened();
      await stage.closeByHand(closed.number);
      expect(await forge.pullRequest(closed.number)).toMatchObject({ state: "closed", endedBy: "ann" });

      const { base, number } = await opened();
      await stage.mergeByHand(number);
      expect(await forge.pullRequest(number)).toMatchObject({
        state: "merged",
        endedBy: "ann",
        merged: await stage.tip(base),
      });
    });

    test("a protected branch keeps what it is, and says why", async () => {
      const { base, tip, number } = await opened();
      await stage.protect(base);
      const before = await stage.tip(base);
      await expect(merged(number, tip)).rejects.toEqual(error("FAILED_PRECONDITION", /status.checks?/i));
      expect(await stage.tip(base)).toBe(before);
    });

    test("rule 17: a status is set, replaced and read by its context", async () => {
      const revision = await stage.commit(`statuses-${randomUUID().slice(0, 8)}`);
      expect(await forge.statuses(revision)).toEqual(new Map());
      const status = (context: string, state: "pending" | "success" | "failure", description: string) => ({
        context,
        state,
        description,
        url: "https://drover.example/environments/prod",
      });
      await forge.setStatus(revision, status("drover/prod/soak", "pending", "Healthy for 1m of 10m"));
      await forge.setStatus(revision, status("drover/prod/upstream", "failure", "x".repeat(300)));
      await forge.setStatus(revision, status("drover/prod/soak", "success", "Healthy for 10m"));
      // Setting what is set is no mistake.
      await forge.setStatus(revision, status("drover/prod/soak", "success", "Healthy for 10m"));
      const found = await until("both", async () => {
        const all = await forge.statuses(revision);
        return all.size === 2 ? all : undefined;
      });
      expect(found.get("drover/prod/soak")).toEqual([status("drover/prod/soak", "success", "Healthy for 10m")]);
      expect(found.get("drover/prod/upstream")).toEqual([
        { ...status("drover/prod/upstream", "failure", ""), description: expect.stringMatching(/^x{100,}…$/) },
      ]);
    });

    test("what the forge refuses is told with its words, and never the token", async () => {
      await expect(forge.pullRequest(987_654)).rejects.toEqual(error("NOT_FOUND", /987654/));
      await expect(
        forge.setStatus("0".repeat(40), { context: "a", state: "success", description: "", url: undefined }),
      ).rejects.toThrow(/Cannot set the status "a" of 000000000000/);
      const stranger = await stage.forgeWith("not-a-token-that-anyone-has");
      const refused = await stranger.pullRequest(1).catch((thrown: unknown) => thrown);
      expect(refused).toEqual(error("UNAUTHENTICATED", /refuses the token/));
      expect(String(refused)).not.toContain("not-a-token-that-anyone-has");
    });

    test("a forge that is away is UNAVAILABLE, with the reason", async () => {
      await stage.stop();
      await expect(forge.pullRequest(1)).rejects.toEqual(error("UNAVAILABLE", /ECONNREFUSED|other side closed/));
    });
  });
}
