import { assert, constantFrom, property, record, shuffledSubarray, string, uniqueArray } from "fast-check";
import { expect, test } from "vitest";
import { digestOf } from "../../common/domain/index.ts";
import { decodeAssignmentBody } from "../../common/wire/index.ts";
import { assembleBody } from "./body.ts";

const digest = string({ unit: constantFrom(..."0123456789abcdef".split("")), minLength: 64, maxLength: 64 });
const name = string({ minLength: 1, maxLength: 5 });
const entry = record({ name, digest });

test("assembleBody() sorts by name, so equal content has equal bytes and one digest", () => {
  assert(
    property(
      uniqueArray(entry, { selector: (each) => each.name }).chain((entries) =>
        shuffledSubarray(entries, { minLength: entries.length }).map((shuffled) => ({ entries, shuffled })),
      ),
      ({ entries, shuffled }) => {
        const left = assembleBody(entries);
        const right = assembleBody(shuffled);
        expect(right).toEqual(left);
        expect(left.digest).toBe(digestOf(left.bytes));
        expect(decodeAssignmentBody(left.bytes)).toEqual(left.body);
      },
    ),
  );
});

test("assembleBody() carries the reason of a held application", () => {
  const held = { name: "b", heldReason: "broken" };
  const { body, bytes } = assembleBody([held, { name: "a", digest: "d" }]);
  expect(body.applications).toEqual([{ name: "a", digest: "d" }, held]);
  expect(decodeAssignmentBody(bytes)).toEqual(body);
});
