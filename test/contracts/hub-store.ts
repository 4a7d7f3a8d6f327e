import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { HubStore } from "../../hub/ports.ts";

export interface HubStoreUnderTest {
  readonly store: HubStore;
  /** The same state, as a new process meets it. */
  readonly reopen: () => Promise<HubStore>;
  readonly close: () => Promise<void>;
}

interface Counter {
  readonly count: number;
}

/** The rules of HubStore and Collection, for every implementation. */
export function describeHubStore(name: string, make: () => Promise<HubStoreUnderTest>): void {
  describe(`HubStore: ${name}`, () => {
    let given: HubStoreUnderTest | undefined;
    let names = 0;

    beforeAll(async () => {
      given = await make();
    });
    afterAll(() => given?.close());

    const stage = (): HubStoreUnderTest => {
      if (given === undefined) throw new Error("The store did not open");
      return given;
    };
    /** One that no other test uses. */
    const fresh = <T>() => stage().store.collection<T>(`test-${++names}`);

    test("description says what it is", () => {
      expect(stage().store.description).toMatch(/^(Redis|Valkey|embedded store) /);
    });

    test("get() is undefined for a key that was never set or was deleted", async () => {
      const collection = fresh<number>();
      await collection.set("a", 1);
      await collection.delete("a");
      await collection.delete("never");
      expect([await collection.get("a"), await collection.get("never")]).toEqual([undefined, undefined]);
    });

    test("get() is what set() was given last: any JSON, any key", async () => {
      const collection = fresh<unknown>();
      const values: readonly (readonly [string, unknown])[] = [
        ["", { nested: [1, null, "ü"] }],
        ["object/prod/shop/apps/Deployment/shop/web", "text"],
        ["ünï\tcode", 0],
        ["__proto__", false],
      ];
      for (const [key, value] of values) {
        await collection.set(key, "before");
        await collection.set(key, value);
      }
      for (const [key, value] of values) expect(await collection.get(key)).toEqual(value);
      expect(new Map(await collection.entries())).toEqual(new Map(values));
    });

    test("collections do not see each other", async () => {
      const [one, other] = [fresh<number>(), fresh<number>()];
      await one.set("a", 1);
      expect([await other.get("a"), await other.entries()]).toEqual([undefined, []]);
    });

    test("entries() has those of a prefix, sorted by key", async () => {
      const collection = fresh<number>();
      for (const key of ["b/2", "a", "b/10", "b", "c", "b*"]) await collection.set(key, 1);
      const keys = async (prefix?: string) => (await collection.entries(prefix)).map(([key]) => key);
      expect([await keys(), await keys("b/"), await keys("b*"), await keys("x")]).toEqual([
        ["a", "b", "b*", "b/10", "b/2", "c"],
        ["b/10", "b/2"],
        ["b*"],
        [],
      ]);
    });

    test("write() sets and deletes many; the last change of a key wins", async () => {
      const collection = fresh<number>();
      await collection.set("old", 1);
      await collection.write([
        ["old", undefined],
        ["a", 1],
        ["b", 2],
        ["b", 3],
        ["c", 4],
        ["c", undefined],
      ]);
      await collection.write([]);
      expect(await collection.entries()).toEqual([
        ["a", 1],
        ["b", 3],
      ]);
    });

    test("write() of 5,000 entries is seen as a whole", async () => {
      const collection = fresh<number>();
      const entries = Array.from({ length: 5_000 }, (_, index) => [`key-${index}`, index] as const);
      await Promise.all([
        collection.write(entries),
        (async () => {
          for (let reads = 0; reads < 20; reads++) expect([0, 5_000]).toContain((await collection.entries()).length);
        })(),
      ]);
      expect((await collection.entries()).length).toBe(5_000);
    });

    test("update() returns what it wrote, and deletes when told so", async () => {
      const collection = fresh<Counter>();
      const add = (current: Counter | undefined) => ({ count: (current?.count ?? 0) + 1 });
      expect([await collection.update("a", add), await collection.update("a", add)]).toEqual([
        { count: 1 },
        { count: 2 },
      ]);
      expect(await collection.update("a", () => undefined)).toBeUndefined();
      expect(await collection.update("never", () => undefined)).toBeUndefined();
      expect(await collection.entries()).toEqual([]);
    });

    test("update() loses nothing when many run at the same time, beside set() of other keys", async () => {
      const collection = fresh<Counter>();
      const again = await stage().reopen();
      const other = again.collection<Counter>(`test-${names}`);
      const add = (current: Counter | undefined) => ({ count: (current?.count ?? 0) + 1 });
      await Promise.all(
        Array.from({ length: 100 }, async (_, index) => {
          await (index % 2 === 0 ? collection : other).update("shared", add);
          await collection.set(`own-${index}`, { count: index });
        }),
      );
      expect(await collection.get("shared")).toEqual({ count: 100 });
      expect((await collection.entries("own-")).length).toBe(100);
    });

    test("update() passes on what `change` throws, and writes nothing", async () => {
      const collection = fresh<number>();
      await collection.set("a", 1);
      const refusal = new Error("no");
      const refuse = () => {
        throw refusal;
      };
      await expect(collection.update("a", refuse)).rejects.toBe(refusal);
      expect(await collection.get("a")).toBe(1);
    });

    test("writeIf() writes while a document, also of another collection, is what it was, and nothing else", async () => {
      const owners = fresh<{ readonly epoch: number; readonly hub: string }>();
      const collection = stage().store.collection<number>(`test-${names}-guarded`);
      const guard = { collection: `test-${names}`, key: "owner", is: { epoch: 1, hub: "a" } };
      await collection.set("old", 0);
      expect(await collection.writeIf(guard, [["a", 1]])).toBe(false);
      await owners.set("owner", guard.is);
      expect(
        await collection.writeIf(guard, [
          ["a", 1],
          ["b", 2],
          ["old", undefined],
        ]),
      ).toBe(true);
      expect(await collection.writeIf(guard, [])).toBe(true);
      await owners.set("owner", { epoch: 2, hub: "b" });
      expect(await collection.writeIf(guard, [["a", 3]])).toBe(false);
      expect(await collection.entries()).toEqual([
        ["a", 1],
        ["b", 2],
      ]);
    });

    test("writeIf() loses every race against who changes its guard", async () => {
      const owners = fresh<number>();
      const collection = (await stage().reopen()).collection<number>(`test-${names}-guarded`);
      await owners.set("epoch", 0);
      for (let epoch = 0; epoch < 20; epoch++) {
        const guard = { collection: `test-${names}`, key: "epoch", is: epoch };
        const [, wrote] = await Promise.all([
          owners.set("epoch", epoch + 1),
          collection.writeIf(guard, [["by", epoch]]),
        ]);
        expect(await collection.writeIf(guard, [["by", -1]])).toBe(false);
        if (wrote) expect(await collection.get("by")).toBe(epoch);
      }
    });

    test("a new process finds everything", async () => {
      const collection = fresh<number>();
      const name = `test-${names}`;
      await collection.set("a", 1);
      await collection.write([["b", 2]]);
      await collection.update("c", () => 3);
      expect(await (await stage().reopen()).collection<number>(name).entries()).toEqual([
        ["a", 1],
        ["b", 2],
        ["c", 3],
      ]);
    });
  });
}
