import { expect, test } from "vitest";
import { age, capital, counted, displayRef, displayValue, named, shortRevision } from "./words.ts";

test("age() tells time in the unit that people would use", () => {
  const now = Date.parse("2026-01-10T00:00:00Z");
  const ago = (seconds: number) => age(new Date(now - seconds * 1000).toISOString(), now);
  expect([ago(-5), ago(119), ago(120), ago(7_199), ago(7_200), ago(48 * 3_600), age(null, now), age("", now)]).toEqual([
    "0s",
    "119s",
    "2m",
    "119m",
    "2h",
    "2d",
    "",
    "",
  ]);
});

test("words are short where what they stand for may be long", () => {
  expect([
    shortRevision("91c9323e59afd8f93e1afd4a832123742f52e406"),
    shortRevision(null),
    counted(1, "cluster"),
    counted(5_000, "cluster"),
    named(["a", "b", "c"]),
    named(["a", "b", "c", "d"]),
    capital("waits"),
    displayRef({ kind: "Deployment", namespace: "shop", name: "web" }),
    displayRef({ kind: "Namespace", namespace: "", name: "shop" }),
    displayValue(undefined),
    displayValue({ a: [1] }),
    displayValue("x".repeat(100), 10),
  ]).toEqual([
    "91c9323e",
    "none",
    "1 cluster",
    "5,000 clusters",
    "a, b, c",
    "a, b, c and 1 more",
    "Waits",
    "Deployment shop/web",
    "Namespace shop",
    "absent",
    '{"a":[1]}',
    '"xxxxxxxx…',
  ]);
});
