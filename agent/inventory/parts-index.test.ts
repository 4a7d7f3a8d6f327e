import { expect, test } from "vitest";
import { decodeIndex, encodeIndex, noIndex } from "./parts-index.ts";

const index = {
  parts: new Set([2, 0]),
  kinds: new Map([["apps/Deployment", "apps/v1"]]),
  losses: ['Inventory "inventory-dev-1" is gone'],
  isNew: true,
};

test("decodeIndex() reads what encodeIndex() wrote, of its own environment only", () => {
  expect(decodeIndex("dev", [encodeIndex("dev", index)])).toEqual(index);
  expect(decodeIndex("de", [encodeIndex("dev", index)])).toEqual(noIndex);
});

test("decodeIndex() says when somebody damaged it", () => {
  const damaged = { ...encodeIndex("dev", index), data: { index: "[" } };
  expect(decodeIndex("dev", [damaged])).toEqual({ ...noIndex, losses: ['Inventory "inventory-dev-index" is damaged'] });
  expect(decodeIndex("dev", [{ ...damaged, data: undefined }]).losses).toHaveLength(1);
});
