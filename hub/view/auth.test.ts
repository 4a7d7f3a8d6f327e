import { expect, test } from "vitest";
import { systemClock } from "../../common/async/index.ts";
import { createAuthenticator } from "./auth.ts";
import { createSessions } from "./sessions.ts";

const hour = 3_600_000;
let now = 0;
const sessions = createSessions({ adminToken: "s3cret-token", clock: { ...systemClock, now: () => now } });
const authenticate = createAuthenticator(
  "s3cret-token",
  (token) => (token === "drover_ann" ? "ann" : undefined),
  sessions,
);
const answerTo = (authorization: string | undefined): string => {
  try {
    return authenticate({ method: "GET", headers: authorization === undefined ? {} : { authorization } });
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

const ours = { "x-drover-page": "1" };
const cookieOf = (token: string) => sessions.open(token, { secure: true }).split(";")[0] ?? "";
const asks = (method: string, headers: Readonly<Record<string, string>>): string => {
  try {
    return authenticate({ method, headers });
  } catch (thrown) {
    return (thrown as Error).message;
  }
};
const missing = answerTo(undefined);

test("createAuthenticator() takes a session's cookie for its token; from the hub's own page only, where something is to change", () => {
  const cookie = `theme=dark; ${cookieOf("drover_ann")}; other=1`;
  const foreign = "Only the hub's own page may do this with a session: send a token instead";
  expect([
    asks("GET", { cookie }),
    asks("HEAD", { cookie }),
    asks("POST", { cookie }),
    asks("DELETE", { cookie }),
    asks("POST", { cookie, ...ours }),
    asks("POST", { cookie, authorization: "Bearer s3cret-token" }),
    asks("GET", { cookie, authorization: "Basic x" }),
  ]).toEqual(["ann", "ann", foreign, foreign, "ann", "admin", missing]);
});

test("createAuthenticator() refuses a session of a token that is nobody's any more, one that is over, and one that it did not open", () => {
  const other = createSessions({ adminToken: "another", clock: systemClock });
  const revoked = cookieOf("drover_bob");
  const fine = cookieOf("drover_ann");
  const bent = `${fine.slice(0, -2)}${fine.endsWith("AA") ? "BB" : "AA"}`;
  now = 12 * hour - 1;
  const before = asks("GET", { cookie: fine });
  now = 12 * hour;
  const after = asks("GET", { cookie: fine });
  now = 0;
  expect([
    before,
    after,
    asks("GET", { cookie: revoked }),
    asks("GET", { cookie: other.open("drover_ann", { secure: true }) }),
    asks("GET", { cookie: bent }),
    asks("GET", { cookie: "drover_session=drover_ann" }),
    asks("GET", { cookie: sessions.end() }),
  ]).toEqual([
    "ann",
    missing,
    "The token is wrong: the hub's is in its DATA/admin-token",
    missing,
    missing,
    missing,
    missing,
  ]);
});

test("createSessions() opens cookies that no script reads, no other site sends, and that do not hold the token", () => {
  const secure = sessions.open("drover_ann", { secure: true });
  const plain = sessions.open("drover_ann", { secure: false });
  const attributes = "Path=/; HttpOnly; SameSite=Strict; Max-Age=43200";
  expect([
    secure.replace(/=[^;]+/, "=…"),
    plain.replace(/=[^;]+/, "=…"),
    Buffer.from(plain.split(/[=;]/)[1] ?? "", "base64url").includes("drover_ann"),
    secure.split(";")[0] === plain.split(";")[0],
  ]).toEqual([`drover_session=…; ${attributes}; Secure`, `drover_session=…; ${attributes}`, false, false]);
});
