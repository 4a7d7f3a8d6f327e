import { chmod, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { AppError, toAppError } from "../../common/errors.ts";
import { lockDirectory } from "../../common/lock/index.ts";
import type { AgentIdentity, AgentStore, StoredAssignment } from "../ports.ts";
import { decodeAssignment, encodeAssignment } from "./assignment-json.ts";
import { type AtomicFiles, openAtomicFiles } from "./atomic-files.ts";
import { openContents } from "./contents.ts";

/** An agent's directory: nobody else may use it until `close`. */
export interface AgentDirectory extends AgentStore {
  close(): Promise<void>;
}

/**
 * Makes the directory when it does not exist; readable for its owner only.
 * @throws FAILED_PRECONDITION when another agent uses it, PERMISSION_DENIED when it cannot be written
 */
export async function createAgentStore(directory: string): Promise<AgentDirectory> {
  const [documents, assignments] = [join(directory, "documents"), join(directory, "assignments")];
  try {
    for (const folder of [directory, documents, assignments]) await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(directory, 0o700);
  } catch (thrown) {
    throw toAppError(thrown, `Cannot use directory "${directory}"`);
  }
  const lock = await lockDirectory(directory, "agent");
  const files = await openAtomicFiles(directory);
  const contents = await openContents(join(directory, "contents"));
  const identityPath = join(directory, "identity.json");
  const assignmentPath = (environment: string) => join(assignments, fileName(environment));
  const documentPath = (name: string) => join(documents, fileName(name));

  return {
    ...contents,
    async identity() {
      return (await readJson(files, identityPath)) as AgentIdentity | undefined;
    },
    saveIdentity: (identity) => files.write(identityPath, JSON.stringify(identity), { durable: true }),
    async assignments() {
      const stored = await Promise.all(
        (await readdir(assignments)).sort().map((name) => readAssignment(files, join(assignments, name))),
      );
      return stored.filter((assignment) => assignment !== undefined);
    },
    saveAssignment: (assignment) =>
      files.write(assignmentPath(assignment.header.environment), JSON.stringify(encodeAssignment(assignment)), {
        durable: true,
      }),
    removeAssignment: (environment) => files.remove(assignmentPath(environment)),
    document: (name) => readJson(files, documentPath(name)),
    saveDocument: (name, value) =>
      value === undefined
        ? files.remove(documentPath(name))
        : files.write(documentPath(name), JSON.stringify(value), { durable: true }),
    async close() {
      await contents.close();
      await lock.release();
    },
  };
}

/** Any name is a file name then, and none leaves the folder. */
function fileName(name: string): string {
  return `${encodeURIComponent(name).replaceAll(".", "%2E")}.json`;
}

async function readJson(files: AtomicFiles, path: string): Promise<unknown> {
  const text = await files.read(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text.toString("utf8"));
  } catch (cause) {
    throw new AppError("INVALID_ARGUMENT", `Cannot read "${path}": not JSON; remove the file to go on without it`, {
      cause,
    });
  }
}

/** Undefined for a damaged file, which is removed: the hub offers the assignment again. */
async function readAssignment(files: AtomicFiles, path: string): Promise<StoredAssignment | undefined> {
  try {
    return decodeAssignment(await readJson(files, path));
  } catch {
    await files.remove(path);
    return undefined;
  }
}
