import { expect, test } from "vitest";
import { advice } from "./advice.ts";

test("advice() names the command that helps", () => {
  expect([
    advice({ code: "NOT_FOUND", message: 'No such cluster: "x"' }),
    advice({ code: "NOT_FOUND", message: 'No such environment: "x"' }),
    advice({ code: "UNAUTHENTICATED", message: "The token is wrong" }),
    advice({ code: "UNAVAILABLE", message: "Cannot reach the hub" }),
    advice({ code: "ABORTED", message: "The branch moved" }),
  ]).toEqual([
    "'drover get clusters' lists what there is",
    "'drover get environments' lists what there is",
    "'drover login URL --token T' remembers another token; DROVER_TOKEN goes before it",
    "Is the hub running? 'drover login URL --token T' remembers another one; DROVER_URL goes before it",
    "Try again in a moment",
  ]);
});

test("advice() adds nothing to a message that says what to do", () => {
  expect([
    advice({ code: "FAILED_PRECONDITION", message: "No hub is known: run 'drover login URL --token T' first" }),
    advice({ code: "DEADLINE_EXCEEDED", message: "Environment is not synced" }),
  ]).toEqual([undefined, undefined]);
});
