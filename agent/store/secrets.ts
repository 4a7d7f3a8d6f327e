import { digestOf, fieldManager, type Manifest, systemNamespace } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import type { KindInfo, KubeClient, LiveObject } from "../ports.ts";

const secrets: KindInfo = { apiVersion: "v1", kind: "Secret", plural: "secrets", namespaced: true };
const namespaces: KindInfo = { apiVersion: "v1", kind: "Namespace", plural: "namespaces", namespaced: false };

/** Labels on each of our Secrets: whose it is, and what it holds. */
const storeLabel = "drover.dev/agent-store";
const roleLabel = "drover.dev/agent-store-role";

/** Bytes per Secret: in base64, with its metadata, below 1 MB. */
const partBytes = 720 * 1024;

export type SecretRole = "head" | "pack" | "part";

/** Bytes of any length, under the digest that names them. */
export interface StoredBytes {
  readonly id: string;
  readonly parts: number;
}

/** The Secrets of one store, in the namespace of the agent. */
export interface AgentSecrets {
  /** Names with their data; for packs and parts the data is left out. */
  list(role: SecretRole): Promise<readonly { readonly name: string; readonly data: ReadonlyMap<string, Buffer> }[]>;
  read(name: string): Promise<ReadonlyMap<string, Buffer> | undefined>;
  write(role: SecretRole, name: string, data: Readonly<Record<string, Buffer>>): Promise<void>;
  remove(name: string): Promise<void>;
  /** Complete only when all its parts are there, so nothing may name it before this resolves. */
  writeBytes(role: "pack" | "part", bytes: Buffer): Promise<StoredBytes>;
  /** INVALID_ARGUMENT when a part is gone or was changed. */
  readBytes(role: "pack" | "part", stored: StoredBytes): Promise<Buffer>;
  removeBytes(role: "pack" | "part", stored: StoredBytes): Promise<void>;
  /** What was written completely; the rest, left by a process that died, is removed. */
  completeBytes(role: "pack" | "part"): Promise<readonly StoredBytes[]>;
}

export function openAgentSecrets(kube: KubeClient, store: string): AgentSecrets {
  const partName = (role: string, { id, parts }: StoredBytes, part: number) =>
    `${store}-${role}-${id}-${part}-of-${parts}`;

  async function apply(manifest: Manifest): Promise<void> {
    const options = { fieldManager, force: true };
    try {
      await kube.apply(secrets, manifest, options);
    } catch (thrown) {
      if (!(thrown instanceof AppError) || thrown.code !== "NOT_FOUND") throw thrown;
      const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: systemNamespace } };
      await kube.apply(namespaces, namespace, options);
      await kube.apply(secrets, manifest, options);
    }
  }

  const agentSecrets: AgentSecrets = {
    async list(role) {
      const found = await kube.list(secrets, {
        namespace: systemNamespace,
        labelSelector: `${storeLabel}=${store},${roleLabel}=${role}`,
        metadataOnly: role !== "head",
      });
      return found.map((secret) => ({ name: secret.metadata.name, data: dataOf(secret) }));
    },
    async read(name) {
      const secret = await kube.get(secrets, systemNamespace, name);
      return secret === undefined ? undefined : dataOf(secret);
    },
    async write(role, name, data) {
      await apply({
        apiVersion: "v1",
        kind: "Secret",
        type: "Opaque",
        metadata: { name, namespace: systemNamespace, labels: { [storeLabel]: store, [roleLabel]: role } },
        data: Object.fromEntries(Object.entries(data).map(([key, bytes]) => [key, bytes.toString("base64")])),
      });
    },
    async remove(name) {
      await kube.delete(secrets, systemNamespace, name, {});
    },
    async writeBytes(role, bytes) {
      const stored = { id: digestOf(bytes).slice(0, 32), parts: Math.max(1, Math.ceil(bytes.length / partBytes)) };
      for (let part = 0; part < stored.parts; part++) {
        const piece = bytes.subarray(part * partBytes, (part + 1) * partBytes);
        await agentSecrets.write(role, partName(role, stored, part), { bytes: piece });
      }
      return stored;
    },
    async readBytes(role, stored) {
      const pieces: Buffer[] = [];
      for (let part = 0; part < stored.parts; part++) {
        const piece = (await agentSecrets.read(partName(role, stored, part)))?.get("bytes");
        if (piece !== undefined) pieces.push(piece);
      }
      const bytes = Buffer.concat(pieces);
      if (digestOf(bytes).slice(0, 32) === stored.id) return bytes;
      throw new AppError("INVALID_ARGUMENT", `Secret "${partName(role, stored, 0)}" or another part of it is damaged`);
    },
    async removeBytes(role, stored) {
      for (let part = 0; part < stored.parts; part++) await agentSecrets.remove(partName(role, stored, part));
    },
    async completeBytes(role) {
      const found = new Map<string, { readonly stored: StoredBytes; readonly names: string[] }>();
      for (const { name } of await agentSecrets.list(role)) {
        const [, id = "", parts = "0"] = /-([0-9a-f]{32})-\d+-of-(\d+)$/.exec(name) ?? [];
        const known = found.get(id) ?? { stored: { id, parts: Number(parts) }, names: [] };
        known.names.push(name);
        found.set(id, known);
      }
      const complete: StoredBytes[] = [];
      for (const { stored, names } of found.values()) {
        if (names.length === stored.parts) complete.push(stored);
        else for (const name of names) await agentSecrets.remove(name);
      }
      return complete;
    },
  };
  return agentSecrets;
}

function dataOf(secret: LiveObject): ReadonlyMap<string, Buffer> {
  const data = (secret["data"] ?? {}) as Readonly<Record<string, string>>;
  return new Map(Object.entries(data).map(([key, base64]) => [key, Buffer.from(base64, "base64")]));
}
