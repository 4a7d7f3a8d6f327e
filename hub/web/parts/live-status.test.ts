import { signal } from "@preact/signals";
import { h } from "preact";
import { renderToString } from "preact-render-to-string";
import { expect, test } from "vitest";
import type { LiveState } from "../live.ts";
import { now } from "../now.ts";
import { LiveStatus } from "./live-status.tsx";

test("the page says whether it is live, and since when and why not", () => {
  now.value = Date.parse("2026-01-01T00:05:00Z");
  const shown = (state: LiveState) => {
    const live = { state: signal(state), subscribe: () => () => {}, start() {}, stop() {}, hurry() {} };
    return renderToString(h(LiveStatus, { live })).replace(/<[^>]+>/g, "");
  };
  const since = Date.parse("2026-01-01T00:00:00Z");
  expect([
    shown({ kind: "live" }),
    shown({ kind: "connecting" }),
    shown({ kind: "lost", since, reason: "The hub does not answer" }),
  ]).toEqual([
    "Live",
    "Connecting…",
    `Not live since ${new Date(since).toLocaleTimeString()} (5m): The hub does not answer. Try now`,
  ]);
});
