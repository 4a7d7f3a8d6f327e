import { expect, test } from "vitest";
import type { LiveObject, ManagedFieldsEntry } from "../ports.ts";
import { partsAfterTakeover } from "./after-takeover.ts";

type Fields = Readonly<Record<string, unknown>>;

const entry = (manager: string, fieldsV1: Fields): ManagedFieldsEntry => ({
  manager,
  operation: manager === "drover" ? "Apply" : "Update",
  apiVersion: "v1",
  fieldsV1,
});
const object = (content: Fields, metadata: Fields, managedFields: readonly ManagedFieldsEntry[] = []): LiveObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  ...content,
  metadata: { name: "x", uid: "u", resourceVersion: "1", managedFields, ...metadata },
});

test("partsAfterTakeover() leaves what we apply and what others state, and drops the rest", () => {
  const own = { "f:data": { "f:a": {} }, "f:list": { 'k:{"name":"web"}': { ".": {}, "f:image": {} } } };
  const helm = {
    "f:data": { ".": {}, "f:a": {}, "f:goes": {}, "f:shared": {} },
    "f:list": { 'k:{"name":"web"}': { "f:tty": {} }, 'k:{"name":"old"}': { ".": {}, "f:name": {} } },
    "f:metadata": { "f:annotations": { ".": {}, "f:note": {} }, "f:labels": { "f:v": {} } },
  };
  const theirs = entry("other", { "f:data": { "f:shared": {} }, "f:metadata": { "f:labels": { "f:w": {} } } });
  const content = (a: string) => ({
    data: { a, goes: "1", shared: "1", nobody: "1" },
    list: [
      { name: "old", image: "old" },
      { name: "web", image: "web", tty: true },
    ],
  });
  const metadata = { annotations: { note: "1" }, labels: { v: "1", w: "1" } };
  const applied = object(content("2"), metadata, [entry("helm", helm), theirs, entry("drover", own)]);
  const ours = { ...own, ...helm, "f:list": { ...helm["f:list"], ...own["f:list"] } };
  expect(partsAfterTakeover(object(content("1"), metadata), applied, [theirs, entry("drover", ours)])).toEqual([
    { path: ["data"], value: { a: "2", shared: "1", nobody: "1" } },
    { path: ["list"], value: [{ name: "web", image: "web", tty: true }] },
    { path: ["metadata", "labels"], value: { w: "1" } },
    { path: ["metadata", "annotations"], value: undefined },
  ]);
});

test("partsAfterTakeover() has nothing to do where nothing goes", () => {
  const own = { "f:data": { "f:a": {} } };
  const applied = object({ data: { a: "2" } }, {}, [entry("helm", own), entry("drover", own)]);
  expect(partsAfterTakeover(object({ data: { a: "1" } }, {}), applied, [entry("drover", own)])).toEqual([]);
});
