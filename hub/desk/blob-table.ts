import type { Digest } from "../../common/domain/index.ts";
import { type EncodedBlob, encodeBlob } from "../../common/wire/index.ts";

/**
 * Contents of all current assignments, each encoded once however many clusters receive it. Contents live as long as a
 * retained root refers to them, so memory is bounded by what is assigned now.
 */
export interface BlobTable {
  /** Encodes what is new and retains the tree once more. `contents` gives bytes of digests the table lacks. */
  retain(root: Digest, contents: Iterable<readonly [Digest, Buffer]>): void;
  /** Gives one retention back; contents that no root needs any more are dropped. */
  release(root: Digest): void;
  contentsOf(root: Digest): readonly Digest[] | undefined;
  blob(digest: Digest): EncodedBlob | undefined;
}

export function createBlobTable(): BlobTable {
  const blobs = new Map<Digest, { readonly blob: EncodedBlob; roots: number }>();
  const trees = new Map<Digest, { readonly digests: readonly Digest[]; retained: number }>();

  return {
    retain(root, contents) {
      const known = trees.get(root);
      if (known !== undefined) {
        known.retained++;
        return;
      }
      const digests: Digest[] = [];
      for (const [digest, content] of contents) {
        const entry = blobs.get(digest) ?? { blob: encodeBlob(content), roots: 0 };
        entry.roots++;
        blobs.set(digest, entry);
        digests.push(digest);
      }
      trees.set(root, { digests, retained: 1 });
    },
    release(root) {
      const tree = trees.get(root);
      if (tree === undefined || --tree.retained > 0) return;
      trees.delete(root);
      for (const digest of tree.digests) {
        const entry = blobs.get(digest);
        if (entry !== undefined && --entry.roots === 0) blobs.delete(digest);
      }
    },
    contentsOf: (root) => trees.get(root)?.digests,
    blob: (digest) => blobs.get(digest)?.blob,
  };
}
