import { expect, test } from "vitest";
import type { AssignmentHeader } from "../../common/domain/index.ts";
import { decideEpoch } from "./epoch.ts";

const header = (epoch: string, digest: string, epochConfirmed = false): AssignmentHeader => ({
  ...{ cluster: "c", environment: "prod", generation: 1, revision: "r" },
  ...{ epoch, digest, epochConfirmed },
});

test("decideEpoch() trusts the first, the same, a confirmed and a continued epoch, and no other", () => {
  const decide = (trusted: string | undefined, digest: string | undefined, next: AssignmentHeader) => {
    const { absenceIsTrusted, trusted: now } = decideEpoch(trusted, digest, next);
    return `${absenceIsTrusted} ${now}`;
  };
  expect(decide(undefined, undefined, header("one", "a"))).toBe("true one");
  expect(decide("one", "a", header("one", "b"))).toBe("true one");
  expect(decide("one", "a", header("two", "b"))).toBe("false one");
  expect(decide("one", "a", header("two", "a"))).toBe("true two");
  expect(decide("one", "a", header("two", "b", true))).toBe("true two");
  expect(decide("one", undefined, header("two", "a"))).toBe("false one");
});
