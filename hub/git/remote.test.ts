import { expect, test } from "vitest";
import { authorization, parseRemote, redact } from "./remote.ts";

test.each([
  ["https://example.com/acme/fleet.git", "https", "https://example.com/acme/fleet.git"],
  ["https://example.com/acme/fleet/", "https", "https://example.com/acme/fleet"],
  ["http://127.0.0.1:3000/x.git", "http", "http://127.0.0.1:3000/x.git"],
  ["ssh://git:word@example.com/x.git", "ssh", "ssh://git@example.com/x.git"],
  ["git@example.com:acme/fleet.git", "ssh", "git@example.com:acme/fleet.git"],
  ["file:///srv/a%20b.git", "file", "/srv/a b.git"],
  ["/srv/fleet.git", "file", "/srv/fleet.git"],
] as const)("parseRemote() reads %s", (text, protocol, url) => {
  expect(parseRemote(text)).toEqual({ url, protocol, credentials: undefined });
});

test("parseRemote() takes the credentials out of the URL; given ones win", () => {
  expect(parseRemote("https://bot:a%2Fb@example.com/x.git")).toEqual({
    url: "https://example.com/x.git",
    protocol: "https",
    credentials: { username: "bot", password: "a/b" },
  });
  const given = { username: "ada", password: "c" };
  expect(parseRemote("https://bot:a@example.com/x.git", given).credentials).toEqual(given);
});

test.each([
  "",
  "--upload-pack=touch /tmp/x",
  "ext::sh -c touch%20/tmp/x",
  "ftp://example.com/x.git",
  "https://",
  "fleet",
  "https://example.com/x.git\n--evil",
])("parseRemote() refuses %j", (text) => {
  expect(() => parseRemote(text)).toThrow(/^Cannot use /);
});

test("redact() leaves no form of the secret", () => {
  const remote = parseRemote("https://bot:a%2Fb%20c@example.com/x.git");
  const header = authorization(remote) ?? "";
  expect(redact(`a/b c, a%2Fb%20c, ${header}, rest`, remote)).toBe("***, ***, Basic ***, rest");
});
