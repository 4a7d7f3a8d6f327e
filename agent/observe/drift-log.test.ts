import { expect, test } from "vitest";
import { createDriftLog } from "./drift-log.ts";

const ref = (name: string) => ({ group: "", kind: "ConfigMap", namespace: "n", name });
const deleted = [{ path: "", manager: "", at: "" }];

test("createDriftLog() counts occurrences of one object and keeps the first time", () => {
  const log = createDriftLog(10, () => {});
  log.occurred("a", ref("a"), "corrected", deleted, "t1");
  expect(log.occurred("a", ref("a"), "detected", deleted, "t2")).toEqual({
    object: ref("a"),
    state: "detected",
    fields: deleted,
    count: 2,
    firstSeen: "t1",
    lastSeen: "t2",
  });
  const over = { state: "resolved", count: 2, lastSeen: "t2", resolvedAt: "t3" };
  expect(log.resolved("a", "t3")).toMatchObject(over);
  expect(log.resolved("a", "t4")).toMatchObject(over);
  expect(log.resolved("other", "t3")).toBeUndefined();
  expect(log.occurred("a", ref("a"), "detected", deleted, "t5").resolvedAt).toBeUndefined();
});

test("createDriftLog() forgets what was quiet for longest, and says so", () => {
  const forgotten: string[] = [];
  const log = createDriftLog(2, (key) => forgotten.push(key));
  for (const name of ["a", "b", "a", "c"]) log.occurred(name, ref(name), "corrected", deleted, "t");
  expect(forgotten).toEqual(["b"]);
  expect([log.get("a")?.count, log.get("b"), log.get("c")?.count]).toEqual([2, undefined, 1]);
});
