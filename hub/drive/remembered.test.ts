import { expect, test } from "vitest";
import type { Commit } from "../ports.ts";
import { arrivalOf } from "./release.ts";
import { quarantineOf } from "./remembered.ts";

const at = "2026-11-23T10:00:00.000Z";
const commit = (revision: string, message: string): Commit => ({
  ...{ revision, tree: "", parents: [], message },
  author: { name: "Drover", email: "drover@localhost", at },
});
const revertOf = (bad: string, environment: string) =>
  commit(
    `revert-${bad}`,
    `Revert to good: ${bad} failed in ${environment}\n\ncluster "one" is\nDegraded\n\nDrover-Reverts: ${bad}\nDrover-Tree-Of: good\nDrover-Environment: ${environment}`,
  );
const quarantined = (newestFirst: readonly Commit[]) =>
  quarantineOf({ log: async () => newestFirst }, "tip", "prod").then((found) => found.map(({ revision }) => revision));

test("quarantineOf() finds what was taken back in this environment, unless it was promoted again", async () => {
  expect(
    await quarantineOf({ log: async () => [revertOf("bad", "prod"), commit("bad", "Be bad")] }, "tip", "prod"),
  ).toEqual([{ revision: "bad", reason: 'cluster "one" is Degraded', since: Date.parse(at) }]);
  expect(await quarantined([revertOf("bad", "staging")])).toEqual([]);
  const again = commit("join", "Promote bad into prod\n\nDrover-Promotion: prod\nDrover-Tree-Of: bad");
  expect(await quarantined([again, revertOf("worse", "prod"), revertOf("bad", "prod")])).toEqual(["worse"]);
  expect(await quarantined([revertOf("bad", "prod"), again, revertOf("bad", "prod")])).toEqual(["bad"]);
  expect(await quarantineOf({ log: async () => [] }, undefined, "prod")).toEqual([]);

  const byHand = {
    ...commit("back", "Roll back\n\nDrover-Tree-Of: good\nDrover-Actor: ann\nDrover-Reason: too blue"),
    parents: ["blue"],
  };
  expect(await quarantineOf({ log: async () => [byHand] }, "tip", "prod")).toEqual([
    { revision: "blue", reason: "rolled back by ann: too blue", since: Date.parse(at), by: "ann" },
  ]);
  const sameFiles = { ...commit("join", "Promote\n\nDrover-Tree-Of: source"), tree: "blues" };
  expect(await quarantined([sameFiles, byHand, { ...commit("blue", "Be blue"), tree: "blues" }])).toEqual([]);
});

test("arrivalOf() asks for the hold of the hub's own revert only where nobody remembers that one", () => {
  const revert = revertOf("bad", "prod");
  expect(arrivalOf(revert, "bad", "prod", 0, { isRemembered: true, isByItself: false }).hold).toBe(undefined);
  expect(arrivalOf(revert, "bad", "prod", 0, { isRemembered: false, isByItself: false }).hold).toEqual({
    actor: "drover",
    reason: 'bad was rolled back: cluster "one" is Degraded',
  });
  expect(arrivalOf(revert, "bad", "staging", 0, { isRemembered: false, isByItself: false }).hold).toBe(undefined);
});
