import { expect, test } from "vitest";
import { configuredForge } from "./configured.ts";

const nothing = {
  ...{ repo: "https://git.example.org/acme/fleet.git", trunk: "main" },
  ...{ forge: undefined, forgeUrl: undefined, forgeToken: undefined, forgeTokenFile: undefined },
};

test("configuredForge() uses none until somebody gives a token", async () => {
  expect(await configuredForge(nothing)).toBeUndefined();
  expect(await configuredForge({ ...nothing, forgeToken: "" })).toBeUndefined();
});

test.each([
  ["gitea", "Gitea at https://git.example.org/acme/fleet"],
  ["github", "GitHub at https://git.example.org/acme/fleet"],
  ["gitlab", "GitLab at https://git.example.org/acme/fleet"],
] as const)("configuredForge() uses %s where that was said", async (forge, description) => {
  const found = await configuredForge({ ...nothing, forge, forgeTokenFile: "/nowhere/token" });
  expect(found?.description).toBe(description);
  await expect(found?.pullRequest(1)).rejects.toMatchObject({
    code: "UNAUTHENTICATED",
    message: expect.stringMatching(/Cannot read the forge's token: .*\/nowhere\/token/),
  });
});

test.each([
  [{ forgeToken: "a", forgeTokenFile: "b" }, /say --forge-token or --forge-token-file/],
  [{ forge: "gitea" as const }, /Cannot use a forge without a token/],
  [{ forgeToken: "a" }, /"git.example.org" may be any; say --forge/],
])("configuredForge() refuses %j", async (given, message) => {
  await expect(configuredForge({ ...nothing, ...given })).rejects.toThrow(message);
});
