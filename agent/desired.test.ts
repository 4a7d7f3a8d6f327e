import { expect, test } from "vitest";
import { type ApplicationBody, type Digest, defaultPolicy, digestOf } from "../common/domain/index.ts";
import { AppError } from "../common/errors.ts";
import { encodeApplicationBody, encodeAssignmentBody } from "../common/wire/index.ts";
import { desiredEnvironment } from "./desired.ts";

const shop: ApplicationBody = {
  name: "shop",
  revision: "",
  objects: [],
  policy: defaultPolicy,
  dependsOn: [],
};
const blog = { ...shop, name: "blog", revision: "older" };
const held = { name: "blog", heldReason: "apps/blog/application.yaml:3 spec.path: Missing folder" };

function storeOf(...contents: readonly Buffer[]) {
  const byDigest = new Map(contents.map((content) => [digestOf(content), content]));
  return {
    async content(digest: Digest) {
      const found = byDigest.get(digest);
      if (found === undefined) throw new AppError("NOT_FOUND", `No content ${digest}`);
      return found;
    },
  };
}

function assignmentOf(root: Buffer, lastGood: Readonly<Record<string, Digest>>) {
  const header = {
    cluster: "one",
    environment: "dev",
    epoch: "epoch",
    generation: 1,
    digest: digestOf(root),
    revision: "newest",
    epochConfirmed: false,
  };
  const signedHeader = { header: new Uint8Array(), signature: new Uint8Array() };
  return { assignment: { header, signedHeader }, absenceIsTrusted: true, lastGood };
}

test("desiredEnvironment() fills in the assignment's revision and the last good content of held applications", async () => {
  const [shopBytes, blogBytes] = [encodeApplicationBody(shop), encodeApplicationBody(blog)];
  const root = encodeAssignmentBody({ applications: [held, { name: "shop", digest: digestOf(shopBytes) }] });
  const desired = await desiredEnvironment(
    storeOf(root, shopBytes, blogBytes),
    assignmentOf(root, { blog: digestOf(blogBytes) }),
  );
  expect(desired.applications.map(({ name, revision }) => [name, revision])).toEqual([
    ["blog", "older"],
    ["shop", "newest"],
  ]);
  expect(desired.held).toEqual([]);
});

test("desiredEnvironment() leaves a held application alone when its last good content is unknown or lost", async () => {
  const root = encodeAssignmentBody({ applications: [held] });
  const reasons = [{ name: "blog", reason: held.heldReason }];
  expect((await desiredEnvironment(storeOf(root), assignmentOf(root, {}))).held).toEqual(reasons);
  expect((await desiredEnvironment(storeOf(root), assignmentOf(root, { blog: "lost" }))).held).toEqual(reasons);
});

test("desiredEnvironment() rejects when a content is missing that the hub can send again", async () => {
  const root = encodeAssignmentBody({ applications: [{ name: "shop", digest: "missing" }] });
  await expect(desiredEnvironment(storeOf(root), assignmentOf(root, {}))).rejects.toMatchObject({ code: "NOT_FOUND" });
});
