import { expect, test } from "vitest";
import { digestOf } from "../../common/domain/index.ts";
import { agentStreamService, encodeBlob, maxChunkBytes } from "../../common/wire/index.ts";
import { type ContentList, createPacker, type ListPosition } from "./packs.ts";

function packerOf(contents: readonly Buffer[], roots: Readonly<Record<string, readonly string[]>> = {}) {
  // Uncompressed, so that sizes are what they seem.
  const blobs = new Map(
    contents.map((bytes) => [digestOf(bytes), { digest: digestOf(bytes), encoding: "identity" as const, bytes }]),
  );
  return createPacker({ contentsOf: (root) => roots[root], blob: (digest) => blobs.get(digest), cacheBytes: 1 << 22 });
}

function allOf(
  packer: ReturnType<typeof createPacker>,
  list: ContentList,
  from: ListPosition = { index: 0, offset: 0 },
) {
  const messages: Buffer[] = [];
  for (let position: ListPosition | undefined = from; position !== undefined; ) {
    const pack = packer.pack(list, position);
    messages.push(pack.message);
    position = pack.next;
  }
  const chunks = messages.map(
    (message) => agentStreamService.Connect.responseDeserialize(message).objects?.chunks ?? [],
  );
  return { messages, chunks };
}

test("Packer.pack() puts small contents together and cuts large ones", () => {
  const small = Array.from({ length: 5 }, (_, index) => Buffer.alloc(50_000, index + 1));
  const large = Buffer.alloc(600_000, 9);
  const packer = packerOf([...small, large]);
  const list = { digests: [...small, large].map(digestOf) };
  const { messages, chunks } = allOf(packer, list);
  expect(chunks.map((some) => some.map(({ offset, data }) => [offset, data.length]))).toEqual([
    Array.from({ length: 5 }, () => [0, 50_000]),
    [[0, maxChunkBytes]],
    [[maxChunkBytes, maxChunkBytes]],
    [[2 * maxChunkBytes, 600_000 - 2 * maxChunkBytes]],
  ]);
  expect(Math.max(...messages.map(({ length }) => length))).toBeLessThan(maxChunkBytes + 1000);
  // Encoded once: the same list gives the same bytes, not a copy.
  expect(allOf(packer, list).messages.every((message, index) => message === messages[index])).toBe(true);
});

test("Packer.pack() resumes at an offset and names what is missing", () => {
  const large = Buffer.alloc(300_000, 9);
  const packer = packerOf([large]);
  const list = { digests: [digestOf(large), digestOf("gone")] };
  const { chunks } = allOf(packer, list, { index: 0, offset: 299_999 });
  expect(chunks.flat().map(({ digest, offset, data, missing }) => [digest, offset, data.length, missing])).toEqual([
    [digestOf(large), 299_999, 1, false],
    [digestOf("gone"), 0, 0, true],
  ]);
});

test("Packer.difference() is one object per pair, and only the root when the base is unknown", () => {
  const packer = packerOf([], { new: ["new", "a", "b"], old: ["old", "a"] });
  expect(packer.difference("new", "old")).toEqual({ digests: ["new", "b"] });
  expect(packer.difference("new", "old")).toBe(packer.difference("new", "old"));
  expect(packer.difference("new", undefined)).toEqual({ digests: ["new", "a", "b"] });
  expect(packer.difference("new", "forgotten")).toEqual({ digests: ["new"] });
  expect(packer.difference("unknown", "old")).toBeUndefined();
});

test("encodeBlob() content travels whole through Packer.pack()", () => {
  const blob = encodeBlob(Buffer.alloc(0));
  const packer = createPacker({ contentsOf: () => undefined, blob: () => blob, cacheBytes: 100 });
  expect(allOf(packer, { digests: [blob.digest] }).chunks.flat()).toMatchObject([
    { offset: 0, total: 0, missing: false },
  ]);
});
