import type { Digest } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import { decodeApplicationBody, decodeAssignmentBody } from "../../common/wire/index.ts";
import type { AgentStore } from "../ports.ts";

type Role = "assignment" | "application" | "object";

/**
 * Everything that an assignment consists of, and what of it is not in the store yet. Grows from the root: what an application
 * needs is known once its body is here.
 */
export interface ContentTree {
  readonly missing: ReadonlyMap<Digest, Role>;
  /** All digests known so far. */
  readonly contents: ReadonlySet<Digest>;
  /** Application name → digest of its body, without those the hub holds back. */
  readonly applications: ReadonlyMap<string, Digest>;
  /** Names of applications that the hub holds back. */
  readonly held: ReadonlySet<string>;
  /** Takes note that this content is in the store now. INVALID_ARGUMENT when it cannot be read as what it has to be. */
  arrived(digest: Digest, content: Buffer): Promise<void>;
}

/** `lastGood`: bodies of applications that are needed though the root does not name them. */
export async function openContentTree(
  store: AgentStore,
  root: Digest,
  lastGood: Iterable<Digest> = [],
): Promise<ContentTree> {
  const missing = new Map<Digest, Role>();
  const contents = new Set<Digest>();
  const applications = new Map<string, Digest>();
  const held = new Set<string>();

  async function need(digest: Digest, role: Role): Promise<void> {
    if (!/^[0-9a-f]{64}$/.test(digest))
      throw new AppError("INVALID_ARGUMENT", `Cannot fetch content "${digest}": no digest`);
    if (contents.has(digest)) return;
    contents.add(digest);
    if (!store.hasContent(digest)) {
      missing.set(digest, role);
    } else if (role !== "object") {
      const content = await stored(store, digest);
      if (content === undefined) missing.set(digest, role);
      else await expand(role, content);
    }
  }

  async function expand(role: Role, content: Buffer): Promise<void> {
    if (role === "assignment") {
      for (const entry of decodeAssignmentBody(content).applications) {
        if ("digest" in entry) {
          applications.set(entry.name, entry.digest);
          await need(entry.digest, "application");
        } else {
          held.add(entry.name);
        }
      }
    } else if (role === "application") {
      for (const { digest } of decodeApplicationBody(content).objects) await need(digest, "object");
    }
  }

  await need(root, "assignment");
  for (const digest of lastGood) await need(digest, "application");
  return {
    missing,
    contents,
    applications,
    held,
    async arrived(digest, content) {
      const role = missing.get(digest);
      if (role === undefined) return;
      missing.delete(digest);
      await expand(role, content);
    },
  };
}

/** Undefined when absent or damaged: to be fetched. */
async function stored(store: AgentStore, digest: Digest): Promise<Buffer | undefined> {
  try {
    return await store.content(digest);
  } catch (thrown) {
    if (thrown instanceof AppError && (thrown.code === "NOT_FOUND" || thrown.code === "INVALID_ARGUMENT")) {
      return undefined;
    }
    throw thrown;
  }
}
