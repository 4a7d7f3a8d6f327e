import { expect, test } from "vitest";
import { isLoopback } from "./loopback.ts";

test("isLoopback() knows this machine's own addresses", () => {
  expect(
    ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1", "::FFFF:127.0.0.1"].filter((each) => !isLoopback(each)),
  ).toEqual([]);
});

test("isLoopback() takes nothing else for it", () => {
  const others = [
    undefined,
    "",
    "10.0.0.1",
    "128.0.0.1",
    "1.127.0.0",
    "::",
    "::2",
    "::ffff:10.0.0.1",
    "fe80::1",
    "0.0.0.0",
  ];
  expect([...others, "127.0.0.1.example.com", "x127.0.0.1"].filter(isLoopback)).toEqual([]);
});
