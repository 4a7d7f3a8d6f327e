import type { AgentIdentity, AgentStore, StoredAssignment } from "../../agent/ports.ts";
import { type Digest, digestOf } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";

/** An AgentStore in memory. */
export interface FakeAgentStore extends AgentStore {
  readonly close: () => Promise<void>;
  /** Flips a bit of a stored content. */
  readonly damage: (digest: Digest) => Promise<void>;
}

export function createFakeAgentStore(): FakeAgentStore {
  let identity: AgentIdentity | undefined;
  const assignments = new Map<string, StoredAssignment>();
  const contents = new Map<Digest, Buffer>();
  // As text: what comes back is never the object that went in.
  const documents = new Map<string, string>();

  return {
    identity: async () => identity,
    async saveIdentity(saved) {
      identity = saved;
    },
    assignments: async () =>
      [...assignments.values()].sort((a, b) => (a.header.environment < b.header.environment ? -1 : 1)),
    async saveAssignment(assignment) {
      assignments.set(assignment.header.environment, assignment);
    },
    async removeAssignment(environment) {
      assignments.delete(environment);
    },
    hasContent: (digest) => contents.has(digest),
    async content(digest) {
      const content = contents.get(digest);
      if (content === undefined) throw new AppError("NOT_FOUND", `Content ${digest} is not stored`);
      if (digestOf(content) !== digest) {
        contents.delete(digest);
        throw new AppError("INVALID_ARGUMENT", `Content ${digest} is damaged: removed, to be fetched again`);
      }
      return Buffer.from(content);
    },
    async saveContent(digest, content) {
      if (contents.has(digest)) return;
      if (digestOf(content) !== digest) {
        throw new AppError("INVALID_ARGUMENT", `Cannot store content ${digest}: the content has another digest`);
      }
      contents.set(digest, Buffer.from(content));
    },
    async sweep(keep) {
      for (const digest of contents.keys()) if (!keep.has(digest)) contents.delete(digest);
    },
    async document(name) {
      const text = documents.get(name);
      return text === undefined ? undefined : JSON.parse(text);
    },
    async saveDocument(name, value) {
      if (value === undefined) documents.delete(name);
      else documents.set(name, JSON.stringify(value));
    },
    async close() {},
    async damage(digest) {
      const content = contents.get(digest);
      if (content === undefined || content.length === 0) return;
      content[0] = (content[0] ?? 0) ^ 1;
    },
  };
}
