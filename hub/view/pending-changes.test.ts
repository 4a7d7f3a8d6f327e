import { expect, test } from "vitest";
import { createPendingChanges, maxPending, resyncEvent } from "./pending-changes.ts";

test("take() gives each distinct change once", () => {
  const changes = createPendingChanges();
  for (let time = 0; time < 3; time++) {
    changes.add({ kind: "cluster", cluster: "edge-1" });
    changes.add({ kind: "application", environment: "dev", cluster: "edge-1", application: "shop" });
  }
  expect([changes.take(), changes.take()]).toEqual([
    'event: change\ndata: {"kind":"cluster","cluster":"edge-1"}\n\n' +
      'event: change\ndata: {"kind":"application","environment":"dev","cluster":"edge-1","application":"shop"}\n\n',
    "",
  ]);
});

test("take() gives one resync instead of more changes than are kept, and then goes on", () => {
  const changes = createPendingChanges();
  for (let index = 0; index <= maxPending + 5; index++) changes.add({ kind: "cluster", cluster: `edge-${index}` });
  const full = changes.take();
  changes.add({ kind: "cluster", cluster: "edge-1" });
  expect([full, changes.take()]).toEqual([
    resyncEvent,
    'event: change\ndata: {"kind":"cluster","cluster":"edge-1"}\n\n',
  ]);
});
