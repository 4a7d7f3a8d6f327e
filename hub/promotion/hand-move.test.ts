import { expect, test } from "vitest";
import { judgeTip, type TipFacts } from "./hand-move.ts";

const forward: TipFacts = {
  exists: true,
  isKnown: true,
  isSame: false,
  isOurs: false,
  isOnTrunk: true,
  isForward: true,
};

test.each<readonly [string, Partial<TipFacts>, string]>([
  ["nobody moved it", { isSame: true }, "fine"],
  ["the hub moved it", { isOurs: true, isOnTrunk: false }, "fine"],
  ["a person, or a forge's merge, took it forward along the trunk", {}, "fine"],
  ["a person committed on it", { isOnTrunk: false }, "aside"],
  ["a person took it back along the trunk", { isForward: false }, "back"],
  ["a person forced it to something else", { isForward: false, isOnTrunk: false }, "back"],
  ["a person deleted it", { exists: false }, "gone"],
  ["a person took it back to where the hub once moved it", { isForward: false, isOurs: true }, "back"],
  ["there never was one", { exists: false, isKnown: false }, "fine"],
  ["a new hub finds it on the trunk", { isKnown: false, isForward: false }, "fine"],
  ["a new hub finds it elsewhere", { isKnown: false, isForward: false, isOnTrunk: false }, "aside"],
])("rule 16: judgeTip() when %s", (_, differs, verdict) => {
  expect(judgeTip({ ...forward, ...differs })).toBe(verdict);
});
