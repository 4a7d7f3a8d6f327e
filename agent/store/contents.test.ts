import { appendFile, mkdtemp, readdir, readFile, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base, expect } from "vitest";
import { digestOf } from "../../common/domain/index.ts";
import { type Contents, openContents } from "./contents.ts";

// oxlint-disable-next-line no-empty-pattern -- vitest reads the pattern
const test = base.extend("folder", async ({}, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), "drover-contents-"));
  onCleanup(() => rm(folder, { recursive: true, force: true }));
  return folder;
});

const save = (contents: Contents, content: Buffer) => contents.saveContent(digestOf(content), content);
const big = (fill: string) => Buffer.alloc(3 * 1024 * 1024, fill);

test("openContents() leaves out a content whose writing was cut off at any byte, and has those before it", async ({
  folder,
}) => {
  const first = Buffer.from("first");
  const second = Buffer.from("second");
  const contents = await openContents(folder);
  await Promise.all([save(contents, first), save(contents, second)]);
  await contents.close();
  const path = join(folder, "1.pack");
  for (let { length } = await readFile(path); length > 36 + first.length; ) {
    await truncate(path, --length);
    const again = await openContents(folder);
    expect([again.hasContent(digestOf(first)), again.hasContent(digestOf(second))]).toEqual([true, false]);
    expect(await again.content(digestOf(first))).toEqual(first);
    await again.close();
  }
});

test("openContents() goes on in a new pack, so that the end of a cut one spoils nothing", async ({ folder }) => {
  const contents = await openContents(folder);
  await save(contents, Buffer.from("before"));
  await contents.close();
  await appendFile(join(folder, "1.pack"), "half a record");
  const after = await openContents(folder);
  await save(after, Buffer.from("after"));
  await after.close();
  const last = await openContents(folder);
  const found = await Promise.all(["before", "after"].map((text) => last.content(digestOf(text))));
  await last.close();
  expect(found.map(String)).toEqual(["before", "after"]);
  expect((await readdir(folder)).sort()).toEqual(["1.pack", "2.pack"]);
});

test("sweep() gives the disk back when most of it is garbage, and keeps what is to be kept", async ({ folder }) => {
  const contents = await openContents(folder);
  const kept = new Set([digestOf(big("b"))]);
  await Promise.all(["a", "b", "c"].map((fill) => save(contents, big(fill))));
  const swept = contents.sweep(kept);
  await save(contents, Buffer.from("meanwhile"));
  await swept;
  const sizes = await Promise.all(
    (await readdir(folder)).map(async (name) => (await readFile(join(folder, name))).length),
  );
  await contents.close();
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(big("b").length + 1_000);
  const again = await openContents(folder);
  expect((await again.content(digestOf(big("b")))).equals(big("b"))).toBe(true);
  expect(String(await again.content(digestOf("meanwhile")))).toBe("meanwhile");
  expect([again.hasContent(digestOf(big("a"))), again.hasContent(digestOf(big("c")))]).toEqual([false, false]);
  await again.close();
});

test("sweep() of everything removes the packs of former processes", async ({ folder }) => {
  const contents = await openContents(folder);
  await save(contents, Buffer.from("a"));
  await contents.close();
  const again = await openContents(folder);
  await again.sweep(new Set());
  await again.close();
  expect(await readdir(folder)).toEqual(["2.pack"]);
  const last = await openContents(folder);
  expect(last.hasContent(digestOf("a"))).toBe(false);
  await last.close();
});

test("saveContent() of what sweep() just removed stores it again", async ({ folder }) => {
  const contents = await openContents(folder);
  await save(contents, Buffer.from("a"));
  const swept = contents.sweep(new Set());
  await save(contents, Buffer.from("a"));
  await swept;
  await contents.close();
  const again = await openContents(folder);
  expect(String(await again.content(digestOf("a")))).toBe("a");
  await again.close();
});
