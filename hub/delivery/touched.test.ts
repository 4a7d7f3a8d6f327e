import { expect, test } from "vitest";
import { createTouched } from "./touched.ts";

const touched = createTouched([
  { name: "shop", folders: ["apps/shop/prod"], files: ["apps/shop/application.yaml", "apps/base/web.yaml"] },
  { name: "blog", folders: ["apps/blog"], files: ["apps/base/web.yaml"] },
]);

test.each([
  ["a file below its folder", ["apps/shop/prod/deep/web.yaml"], ["shop"]],
  ["its description", ["apps/shop/application.yaml"], ["shop"]],
  ["a file that two applications share", ["apps/base/web.yaml"], ["shop", "blog"]],
  ["a folder whose name only begins like its own", ["apps/shop/production/web.yaml", "apps/blog.md"], []],
  ["what no application reads", ["README.md", "apps/base/other.yaml"], []],
])("createTouched() names the applications of %s", (_title, paths, names) => {
  expect([...touched(paths)]).toEqual(names);
});

test("createTouched() gives everything to an application whose folder is the root", () => {
  expect([...createTouched([{ name: "all", folders: [""], files: [] }])(["README.md"])]).toEqual(["all"]);
});
