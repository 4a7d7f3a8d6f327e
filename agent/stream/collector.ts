import type { AssignmentHeader, Digest } from "../../common/domain/index.ts";
import { AppError, isAway, toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { AgentStore } from "../ports.ts";
import type { AssignmentBook } from "./assignment-book.ts";
import { type ContentTree, openContentTree } from "./content-tree.ts";
import { createPartials, type ReceivedChunk } from "./partials.ts";
import type { HeldAssignment } from "./ports.ts";
import type { SignedHeader } from "./verify-assignment.ts";

/** What came of a message. */
export type Outcome =
  | { readonly kind: "complete"; readonly header: AssignmentHeader; readonly held: HeldAssignment }
  | { readonly kind: "rejected"; readonly header: AssignmentHeader; readonly error: AppError };

/** Content that somebody looks at without holding it. */
export interface PinnedContent {
  /** Resolves when everything is in the store. NOT_FOUND when the hub does not have it. */
  readonly complete: Promise<void>;
  release(): void;
}

export interface WantedContent {
  readonly digest: Digest;
  readonly offset: number;
}

/**
 * Gathers the contents of assignments, one assignment per environment: a newer one takes the place of an older. What is gathered
 * stays when the connection is cut. Contents are saved as they come, the assignment last.
 */
export interface Collector {
  begin(signed: SignedHeader, header: AssignmentHeader): Promise<readonly Outcome[]>;
  /** Takes up what is held but damaged. */
  repair(): Promise<void>;
  receive(chunks: readonly (ReceivedChunk & { readonly missing: boolean })[]): Promise<readonly Outcome[]>;
  /** Everything that is known to be missing, with how much of it is here. */
  wanted(): readonly WantedContent[];
  /** Gathers what this root consists of, beside all assignments, and keeps it until it is released. */
  pin(root: Digest): Promise<PinnedContent>;
  /** Removes contents that nothing needs any more; to be called once outcomes were passed on, before the next message. */
  tidy(): Promise<void>;
  /** Environments that are no longer ours. */
  drop(environments: readonly string[]): void;
}

interface Pin {
  readonly tree: ContentTree;
  readonly settle: (error?: AppError) => void;
}

interface Collection {
  readonly header: AssignmentHeader;
  readonly signed: SignedHeader;
  readonly tree: ContentTree;
  /** Held already; its contents are being replaced. */
  readonly isRepair: boolean;
}

export function createCollector(options: {
  readonly store: AgentStore;
  readonly book: AssignmentBook;
  readonly log: Logger;
}): Collector {
  const { store, book, log } = options;
  const collections = new Map<string, Collection>();
  const pins = new Set<Pin>();
  const partials = createPartials();
  let isUntidy = false;

  /** Of everything that is being gathered. */
  function* gathered(): Iterable<ContentTree> {
    for (const { tree } of collections.values()) yield tree;
    for (const { tree } of pins) if (tree.missing.size > 0) yield tree;
  }

  const isNeeded = (digest: Digest) => [...gathered()].some(({ missing }) => missing.has(digest));

  /** Concludes the collections that are complete. */
  async function conclude(): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const [environment, { header, signed, tree, isRepair }] of collections) {
      if (tree.missing.size > 0) continue;
      collections.delete(environment);
      const held = isRepair
        ? book.held().find(({ assignment }) => assignment.header.environment === environment)
        : await book.adopt(signed, header, tree);
      if (held !== undefined) outcomes.push({ kind: "complete", header, held });
    }
    for (const { tree, settle } of pins) if (tree.missing.size === 0) settle();
    if (collections.size === 0) isUntidy ||= outcomes.length > 0;
    if ([...gathered()].length === 0) partials.clear();
    return outcomes;
  }

  /** Gives up the collections that need this content. */
  function reject(digest: Digest, error: AppError): readonly Outcome[] {
    for (const pin of pins) {
      if (!pin.tree.missing.has(digest)) continue;
      pins.delete(pin);
      pin.settle(error);
    }
    return [...collections].flatMap(([environment, { header, tree }]): Outcome[] => {
      if (!tree.missing.has(digest)) return [];
      collections.delete(environment);
      return [{ kind: "rejected", header, error }];
    });
  }

  /** Gives back why this content cannot be had. */
  async function receiveChunk(chunk: ReceivedChunk & { readonly missing: boolean }): Promise<AppError | undefined> {
    const { digest } = chunk;
    if (chunk.missing) return missingError(digest);
    if (store.hasContent(digest) && !isNeeded(digest)) return undefined;
    try {
      const content = partials.add(chunk);
      if (content === undefined) return undefined;
      await store.saveContent(digest, content);
      for (const tree of [...gathered()]) await tree.arrived(digest, content);
      return undefined;
    } catch (thrown) {
      const error = toAppError(thrown, `Cannot save content ${digest}`);
      // Where contents are kept cannot be reached: the next connection brings it again.
      if (isAway(error)) throw error;
      log.error({ digest, reason: error.message }, "Refused a content from the hub");
      return error;
    }
  }

  return {
    async begin(signed, header) {
      const { environment } = header;
      const running = collections.get(environment);
      try {
        // The same content under a newer header goes on with what is here.
        const tree =
          running?.header.digest === header.digest ? running.tree : await openContentTree(store, header.digest);
        collections.set(environment, { header, signed, tree, isRepair: false });
      } catch (thrown) {
        collections.delete(environment);
        return [{ kind: "rejected", header, error: toAppError(thrown, "Cannot read the assignment's content") }];
      }
      return conclude();
    },
    async repair() {
      for (const { assignment, lastGood } of book.held()) {
        const { header, signedHeader } = assignment;
        if (collections.has(header.environment)) continue;
        const tree = await openContentTree(store, header.digest, Object.values(lastGood));
        if (tree.missing.size === 0) continue;
        log.warn({ environment: header.environment, contents: tree.missing.size }, "Fetching contents that were lost");
        collections.set(header.environment, { header, signed: signedHeader, tree, isRepair: true });
      }
    },
    async receive(chunks) {
      if ([...gathered()].length === 0) return [];
      // At once: each save waits for the disk. Chunks of one content are put together in order, before the first wait.
      const errors = await Promise.all(chunks.map(receiveChunk));
      // Only now: who needs a content may be told by another one of the same message.
      const rejected = errors.flatMap((error, index) =>
        error && chunks[index] ? reject(chunks[index].digest, error) : [],
      );
      return [...rejected, ...(await conclude())];
    },
    wanted() {
      const digests = new Set([...gathered()].flatMap(({ missing }) => [...missing.keys()]));
      return [...digests].map((digest) => ({ digest, offset: partials.offsetOf(digest) }));
    },
    async pin(root) {
      let settle: Pin["settle"] = () => undefined;
      const complete = new Promise<void>((resolve, rejected) => {
        settle = (error) => (error === undefined ? resolve() : rejected(error));
      });
      // Whoever waits hears of it; nobody may be waiting yet.
      complete.catch(() => undefined);
      const pin = { tree: await openContentTree(store, root), settle };
      pins.add(pin);
      if (pin.tree.missing.size === 0) settle();
      return {
        complete,
        release() {
          pins.delete(pin);
          isUntidy = true;
        },
      };
    },
    async tidy() {
      if (!isUntidy || collections.size > 0 || pins.size > 0) return;
      isUntidy = false;
      await book.sweep();
    },
    drop(environments) {
      for (const environment of environments) collections.delete(environment);
    },
  };
}

function missingError(digest: Digest): AppError {
  return new AppError("NOT_FOUND", `Cannot fetch content ${digest}: the hub does not have it (any more)`);
}
