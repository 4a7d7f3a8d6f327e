import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { AgentIdentity, AgentStore, StoredAssignment } from "../../agent/ports.ts";
import { type Digest, digestOf } from "../../common/domain/index.ts";

export interface AgentStoreUnderTest {
  readonly store: AgentStore;
  /** The same state, as a new process meets it. */
  readonly reopen: () => Promise<AgentStore>;
  /** Changes bytes of a stored content behind the store's back. */
  readonly damage: (digest: Digest) => Promise<void>;
  readonly close: () => Promise<void>;
}

const identity: AgentIdentity = {
  cluster: "west-1",
  clusterUid: "uid-1",
  privateKey: "key",
  certificate: "certificate",
  ca: "ca",
  assignmentKey: "public key",
  hub: "hub.example.com:8443",
};

function assignmentOf(environment: string, generation = 1): StoredAssignment {
  return {
    header: {
      cluster: "west-1",
      environment,
      epoch: "e1",
      generation,
      digest: digestOf(environment),
      revision: "c1",
      epochConfirmed: true,
    },
    signedHeader: { header: new Uint8Array([0, 255, generation]), signature: new Uint8Array([1, 2, 3]) },
  };
}

/** The rules of AgentStore, for every implementation. */
export function describeAgentStore(name: string, make: () => Promise<AgentStoreUnderTest>): void {
  describe(`AgentStore: ${name}`, () => {
    async function use(work: (given: AgentStoreUnderTest) => Promise<void>): Promise<void> {
      const given = await make();
      try {
        await work(given);
      } finally {
        await given.close();
      }
    }

    test("identity() is undefined before the agent joined", () =>
      use(async ({ store }) => expect(await store.identity()).toBeUndefined()));

    test("identity() is what saveIdentity() was given, also after a restart", () =>
      use(async ({ store, reopen }) => {
        await store.saveIdentity({ ...identity, hub: "old.example.com:1" });
        await store.saveIdentity(identity);
        expect(await store.identity()).toEqual(identity);
        expect(await (await reopen()).identity()).toEqual(identity);
      }));

    test("assignments() has the newest one per environment, sorted by name, also after a restart", () =>
      use(async ({ store, reopen }) => {
        await store.saveAssignment(assignmentOf("prod"));
        await store.saveAssignment(assignmentOf("dev/blue"));
        await store.saveAssignment(assignmentOf("prod", 2));
        const expected = [assignmentOf("dev/blue"), assignmentOf("prod", 2)];
        expect(await store.assignments()).toEqual(expected);
        expect(await (await reopen()).assignments()).toEqual(expected);
      }));

    test("removeAssignment() removes one, and does not mind one that is not there", () =>
      use(async ({ store }) => {
        await store.saveAssignment(assignmentOf("dev"));
        await store.saveAssignment(assignmentOf("prod"));
        await store.removeAssignment("dev");
        await store.removeAssignment("dev");
        expect(await store.assignments()).toEqual([assignmentOf("prod")]);
      }));

    test("content() is what saveContent() was given, also after a restart", () =>
      use(async ({ store, reopen }) => {
        const content = Buffer.from([0, 1, 2, 255]);
        const empty = Buffer.alloc(0);
        for (const each of [content, empty]) await store.saveContent(digestOf(each), each);
        await store.saveContent(digestOf(content), content);
        expect(await store.content(digestOf(content))).toEqual(content);
        const next = await reopen();
        expect([next.hasContent(digestOf(content)), await next.content(digestOf(content))]).toEqual([true, content]);
        expect(await next.content(digestOf(empty))).toEqual(empty);
      }));

    test("content() that was never stored is NOT_FOUND", () =>
      use(async ({ store }) => {
        expect(store.hasContent(digestOf("x"))).toBe(false);
        await expect(store.content(digestOf("x"))).rejects.toMatchObject({ code: "NOT_FOUND" });
      }));

    test("content() that is damaged is INVALID_ARGUMENT and removed, so that it can be stored again", () =>
      use(async ({ store, damage }) => {
        const content = Buffer.from("kind: ConfigMap");
        const digest = digestOf(content);
        await store.saveContent(digest, content);
        await damage(digest);
        await expect(store.content(digest)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
        expect(store.hasContent(digest)).toBe(false);
        await store.saveContent(digest, content);
        expect(await store.content(digest)).toEqual(content);
      }));

    test("saveContent() refuses a content of another digest", () =>
      use(async ({ store }) => {
        const saved = store.saveContent(digestOf("a"), Buffer.from("b"));
        await expect(saved).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
        expect(store.hasContent(digestOf("a"))).toBe(false);
      }));

    test("sweep() removes what is not to be kept", () =>
      use(async ({ store, reopen }) => {
        for (const each of ["a", "b", "c"]) await store.saveContent(digestOf(each), Buffer.from(each));
        await store.sweep(new Set([digestOf("b"), digestOf("unknown")]));
        const has = (from: AgentStore) => ["a", "b", "c"].map((each) => from.hasContent(digestOf(each)));
        expect(has(store)).toEqual([false, true, false]);
        expect(has(await reopen())).toEqual([false, true, false]);
      }));

    test("content() and document() may be larger than any limit of what keeps them", () =>
      use(async ({ store, reopen }) => {
        const large = randomBytes(2_500_000);
        const text = randomBytes(2_000_000).toString("base64");
        await Promise.all([
          store.saveContent(digestOf(large), large),
          ...["a", "b"].map((each) => store.saveContent(digestOf(each), Buffer.from(each))),
          store.saveDocument("large", text),
          store.saveDocument("equal", text),
        ]);
        await store.saveDocument("equal", "small");
        const check = async (from: AgentStore) => {
          expect((await from.content(digestOf(large))).equals(large)).toBe(true);
          expect(await from.content(digestOf("b"))).toEqual(Buffer.from("b"));
          expect((await from.document("large")) === text).toBe(true);
          expect(await from.document("equal")).toBe("small");
        };
        await check(store);
        await check(await reopen());
      }));

    test("document() is what saveDocument() was given last, by name, also after a restart", () =>
      use(async ({ store, reopen }) => {
        await store.saveDocument("epoch", { epoch: "e1" });
        await store.saveDocument("../odd name/", ["ü", null, 1.5]);
        await store.saveDocument("gone", 1);
        await store.saveDocument("gone", undefined);
        const read = async (from: AgentStore) =>
          Promise.all(["epoch", "../odd name/", "gone", "never"].map((name) => from.document(name)));
        const expected = [{ epoch: "e1" }, ["ü", null, 1.5], undefined, undefined];
        expect(await read(store)).toEqual(expected);
        expect(await read(await reopen())).toEqual(expected);
      }));

    test("saveDocument() of one name: the last call wins, whichever is written faster", () =>
      use(async ({ store }) => {
        const big = "x".repeat(1_000_000);
        await Promise.all([store.saveDocument("log", big), store.saveDocument("log", "small")]);
        expect(await store.document("log")).toBe("small");
      }));
  });
}
