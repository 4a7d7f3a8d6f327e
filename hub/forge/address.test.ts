import { expect, test } from "vitest";
import { forgeAddress } from "./address.ts";

const open = { kind: undefined, web: undefined };

test.each([
  ["https://github.com/acme/fleet.git", { kind: "github", web: "https://github.com", project: "acme/fleet" }],
  ["git@github.com:acme/fleet.git", { kind: "github", web: "https://github.com", project: "acme/fleet" }],
  ["ssh://git@gitlab.com:22/acme/ops/fleet", { kind: "gitlab", web: "https://gitlab.com", project: "acme/ops/fleet" }],
  [
    "https://bot:secret@codeberg.org/acme/fleet/",
    { kind: "gitea", web: "https://codeberg.org", project: "acme/fleet" },
  ],
])("forgeAddress() knows %s by its host", (repo, address) => {
  expect(forgeAddress(repo, open)).toEqual(address);
});

test("forgeAddress() takes the pages below a path, and off the repository's", () => {
  const given = { kind: "gitea", web: "https://example.org/git/" } as const;
  expect(forgeAddress("https://example.org/git/acme/fleet.git", given)).toEqual({
    kind: "gitea",
    web: "https://example.org/git",
    project: "acme/fleet",
  });
});

test("forgeAddress() takes the port of a web address and not that of ssh", () => {
  const given = { kind: "gitlab", web: undefined } as const;
  expect(forgeAddress("http://127.0.0.1:3000/acme/fleet.git", given).web).toBe("http://127.0.0.1:3000");
  expect(forgeAddress("ssh://git@git.example.org:2222/acme/fleet.git", given).web).toBe("https://git.example.org");
});

test.each([
  ["https://git.example.org/acme/fleet", open, /"git.example.org" may be any; say --forge github\|gitlab\|gitea/],
  ["/srv/fleet.git", open, /the repository is not at a forge/],
  ["https://github.com/acme", open, /"acme" is not OWNER\/NAME/],
  ["https://github.com/acme/ops/fleet", open, /"acme\/ops\/fleet" is not OWNER\/NAME/],
])("forgeAddress() does not guess about %s", (repo, given, message) => {
  expect(() => forgeAddress(repo, given)).toThrow(message);
});
