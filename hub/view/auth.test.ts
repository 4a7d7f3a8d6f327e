import { expect, test } from "vitest";
import { createAuthenticator } from "./auth.ts";

const authenticate = createAuthenticator("s3cret-token", (token) => (token === "drover_ann" ? "ann" : undefined));
const answerTo = (authorization: string | undefined): string => {
  try {
    return authenticate({ headers: authorization === undefined ? {} : { authorization } });
  } catch (thrown) {
    return (thrown as Error).message;
  }
};

test("createAuthenticator() takes the token under any spelling of the scheme", () => {
  expect(["Bearer s3cret-token", "bearer s3cret-token", "BEARER  s3cret-token"].map(answerTo)).toEqual([
    "admin",
    "admin",
    "admin",
  ]);
});

test("createAuthenticator() names whoever has a token of their own", () => {
  expect(answerTo("Bearer drover_ann")).toBe("ann");
});

test("createAuthenticator() refuses everything else and repeats no token", () => {
  const missing =
    "The token is missing: send 'Authorization: Bearer TOKEN' with the token in the hub's DATA/admin-token";
  const wrong = "The token is wrong: the hub's is in its DATA/admin-token";
  expect(
    [
      undefined,
      "",
      "Bearer",
      "Bearer ",
      "Basic s3cret-token",
      "Bearer s3cret-token more",
      "Bearer S3cret-token",
      "Bearer s3cret-toke",
      `Bearer ${"s".repeat(10_000)}`,
    ].map(answerTo),
  ).toEqual([missing, missing, missing, missing, missing, missing, wrong, wrong, wrong]);
});
