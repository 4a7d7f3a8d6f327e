import { expect, test } from "vitest";
import { systemClock } from "../../common/async/index.ts";
import { createMemoryCollection } from "../../test/fakes/memory-collection.ts";
import { createPersonTokens, type PersonTokenRecord } from "./person-tokens.ts";

const make = (collection = createMemoryCollection<PersonTokenRecord>()) =>
  createPersonTokens({ collection, clock: systemClock });

test("createPersonTokens() tells whose a token is, also after a restart, until it is revoked", async () => {
  const collection = createMemoryCollection<PersonTokenRecord>();
  const tokens = make(collection);
  const [ann, bob] = [await tokens.issue("ann@example.com", "admin"), await tokens.issue("bob", "admin")];
  const again = make(collection);
  await again.load();
  expect([ann, bob, "drover_other", ""].map((token) => again.holderOf(token))).toEqual([
    "ann@example.com",
    "bob",
    undefined,
    undefined,
  ]);
  expect(JSON.stringify(await collection.entries())).not.toContain(ann);
  await again.revoke("bob", "admin");
  expect([again.holderOf(bob), again.list().map(({ name }) => name)]).toEqual([undefined, ["ann@example.com"]]);
  await expect(again.issue("ann@example.com", "admin")).rejects.toMatchObject({ code: "ALREADY_EXISTS" });
  await expect(again.revoke("bob", "admin")).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("createPersonTokens() lets nobody but the administrator make people", async () => {
  const tokens = make();
  await expect(tokens.issue("second-ann", "ann")).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
  for (const name of ["admin", "Admin", "drover", "", "a b", "-x", "x".repeat(101)]) {
    await expect(tokens.issue(name, "admin")).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  }
});
