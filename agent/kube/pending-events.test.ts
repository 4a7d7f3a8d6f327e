import { expect, test } from "vitest";
import type { LiveObject, WatchEvent } from "../ports.ts";
import { createPendingEvents } from "./pending-events.ts";

function object(name: string, resourceVersion: string): LiveObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "shop", uid: name, resourceVersion } };
}

const changed = (name: string, version: string): WatchEvent => ({ type: "changed", object: object(name, version) });
const deleted = (name: string, version: string): WatchEvent => ({ type: "deleted", object: object(name, version) });
const listed = (...names: string[]): WatchEvent => ({
  type: "listed",
  objects: names.map((name) => object(name, "1")),
});

async function drain(events: readonly WatchEvent[]): Promise<WatchEvent[]> {
  const pending = createPendingEvents();
  for (const event of events) pending.add(event);
  const last = changed("last", "0");
  pending.add(last);
  const seen: WatchEvent[] = [];
  for (;;) {
    const { value } = await pending.next();
    if (value === undefined || value === last) return seen;
    seen.push(value);
  }
}

test("createPendingEvents() keeps the newest event per object, in the order in which objects first changed", async () => {
  expect(await drain([changed("a", "1"), changed("b", "2"), changed("a", "3"), deleted("b", "4")])).toEqual([
    changed("a", "3"),
    deleted("b", "4"),
  ]);
});

test("createPendingEvents() forgets what a list supersedes and keeps what comes after it", async () => {
  expect(await drain([listed("a"), changed("a", "2"), listed("b"), changed("b", "3")])).toEqual([
    listed("b"),
    changed("b", "3"),
  ]);
});

test("createPendingEvents() wakes a waiting reader, and ends it", async () => {
  const pending = createPendingEvents();
  const first = pending.next();
  pending.add(changed("a", "1"));
  expect(await first).toEqual({ done: false, value: changed("a", "1") });
  const second = pending.next();
  pending.end();
  expect(await second).toEqual({ done: true, value: undefined });
  pending.add(changed("a", "2"));
  expect(await pending.next()).toEqual({ done: true, value: undefined });
});
