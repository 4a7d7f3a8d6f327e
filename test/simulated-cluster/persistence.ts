import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Cluster } from "./cluster.ts";
import type { KubeObject } from "./json.ts";
import type { ObjectKey, StoreSnapshot } from "./store.ts";

/** One line of the journal: an object as stored, or null when it was deleted. */
interface Line {
  readonly revision: number;
  readonly key: ObjectKey;
  readonly object: KubeObject | null;
}

/** A cluster's state on disk. */
export interface Journal {
  readonly token: string;
  /** What an earlier run left; undefined when there was none. */
  readonly snapshot: StoreSnapshot | undefined;
  /** Appends every change of the cluster from now on. */
  follow(cluster: Cluster): void;
  /** Resolves when all is written. */
  close(): Promise<void>;
}

/**
 * Opens the journal in `home`: reads it, writes it anew without what is outdated (to a second file that then takes the
 * first one's place), and appends to it. A half-written last line, left by a killed process, is dropped.
 */
export async function openJournal(home: string): Promise<Journal> {
  const file = join(home, "objects.jsonl");
  const token = await tokenIn(join(home, "token"));
  const snapshot = await readLines(file);
  const compacted = join(home, "objects.jsonl.new");
  await writeFile(compacted, snapshot === undefined ? "" : snapshotText(snapshot));
  await rename(compacted, file);
  const stream = createWriteStream(file, { flags: "a" });
  let unfollow = () => {};
  return {
    token,
    snapshot,
    follow(cluster) {
      if (snapshot === undefined) {
        for (const kind of cluster.store.kinds()) {
          for (const object of cluster.store.list(kind)) stream.write(lineText(kind, object));
        }
      }
      unfollow = cluster.store.subscribe(({ revision, key, object }) => {
        stream.write(`${JSON.stringify({ revision, key, object: object ?? null } satisfies Line)}\n`);
      });
    },
    async close() {
      unfollow();
      await new Promise<void>((resolve) => stream.end(resolve));
    },
  };
}

async function tokenIn(file: string): Promise<string> {
  const known = await readFile(file, "utf8").catch(() => "");
  if (known !== "") return known;
  const token = randomBytes(16).toString("hex");
  await writeFile(file, token, { mode: 0o600 });
  return token;
}

async function readLines(file: string): Promise<StoreSnapshot | undefined> {
  const text = await readFile(file, "utf8").catch(() => "");
  const objects = new Map<string, { kind: string; object: KubeObject }>();
  let revision = 0;
  for (const line of text.split("\n")) {
    const parsed = parseLine(line);
    if (parsed === undefined) continue;
    const { key, object } = parsed;
    const id = `${key.kind} ${key.namespace}/${key.name}`;
    if (object === null) objects.delete(id);
    else objects.set(id, { kind: key.kind, object });
    revision = Math.max(revision, parsed.revision);
  }
  return revision === 0 ? undefined : { revision, objects: [...objects.values()] };
}

function parseLine(line: string): Line | undefined {
  try {
    return JSON.parse(line) as Line;
  } catch {
    return undefined;
  }
}

function lineText(kind: string, object: KubeObject): string {
  const namespace = typeof object.metadata["namespace"] === "string" ? object.metadata["namespace"] : "";
  const line: Line = {
    revision: Number(object.metadata["resourceVersion"]),
    key: { kind, namespace, name: object.metadata.name },
    object,
  };
  return `${JSON.stringify(line)}\n`;
}

function snapshotText({ revision, objects }: StoreSnapshot): string {
  const lines = objects.map(({ kind, object }) => lineText(kind, object));
  // Deleted objects may have had the highest revision; it must not be given out again.
  const last: Line = { revision, key: { kind: "", namespace: "", name: "" }, object: null };
  return `${lines.join("")}${JSON.stringify(last)}\n`;
}
