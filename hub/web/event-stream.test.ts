import { expect, test } from "vitest";
import { createEventParser } from "./event-stream.ts";

test("createEventParser() puts pieces together, and what comes at once is one batch", () => {
  const parse = createEventParser();
  const change = (cluster: string) => `event: change\ndata: {"kind":"cluster","cluster":"${cluster}"}\n\n`;
  expect([
    parse(": alive\n\n"),
    parse(`${change("a")}event: cha`),
    parse(`nge\ndata: {"kind":"drift"}\n`),
    parse("\n"),
    parse(`${change("b")}event: resync\ndata: {}\n\n${change("c")}`),
  ]).toEqual([[], [{ kind: "cluster", cluster: "a" }], [], [{ kind: "drift" }], "everything"]);
});
