import { expect, test } from "vitest";
import { difference, union } from "./set-algebra.ts";

test("union() has the fields of both, and says where one with others below is one itself", () => {
  expect(union(undefined, { "f:a": {} })).toEqual({ "f:a": {} });
  expect(union({ "f:a": {}, "f:b": { "f:c": {} } }, { "f:a": { "f:d": {} }, "f:b": { "f:e": {} } })).toEqual({
    "f:a": { ".": {}, "f:d": {} },
    "f:b": { "f:c": {}, "f:e": {} },
  });
});

test("difference() has the fields of the first only", () => {
  expect(difference({ "f:a": {} }, undefined)).toEqual({ "f:a": {} });
  expect(difference({ "f:a": {}, "f:b": {} }, { "f:a": {} })).toEqual({ "f:b": {} });
  expect(difference({ "f:a": { ".": {}, "f:b": {}, "f:c": {} } }, { "f:a": { "f:b": {} } })).toEqual({
    "f:a": { ".": {}, "f:c": {} },
  });
  expect(difference({ "f:a": { ".": {}, "f:b": {} } }, { "f:a": {} })).toEqual({ "f:a": { "f:b": {} } });
  expect(difference({ "f:a": {} }, { "f:a": { "f:b": {} } })).toEqual({ "f:a": {} });
  expect(difference({ "f:a": { "f:b": {} } }, { "f:a": { "f:b": {} } })).toBeUndefined();
});
