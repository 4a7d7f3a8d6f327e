import { AppError } from "../../common/errors.ts";
import type { AgentIdentity, AgentStore, KubeClient, StoredAssignment } from "../ports.ts";
import { decodeAssignment, encodeAssignment } from "./assignment-json.ts";
import { openSecretContents } from "./secret-contents.ts";
import { openSecretDocuments } from "./secret-documents.ts";
import { openAgentSecrets } from "./secrets.ts";

/**
 * The agent's state in Secrets of its namespace whose names start with `name`: for pods without a volume. Nothing keeps a second
 * agent away from them; the hub talks to one of two only, and what the other one removes is fetched again.
 */
export async function createSecretStore(
  kube: KubeClient,
  name: string,
): Promise<AgentStore & { readonly close: () => Promise<void> }> {
  const secrets = openAgentSecrets(kube, name);
  const documents = await openSecretDocuments(secrets, name);
  const contents = await openSecretContents(secrets);
  const assignmentKey = (environment: string) => `assignment/${environment}`;
  const documentKey = (document: string) => `document/${document}`;

  /** Undefined for a damaged one, which is removed: the hub offers the assignment again. */
  async function readAssignment(key: string): Promise<StoredAssignment | undefined> {
    try {
      return decodeAssignment(await documents.read(key));
    } catch (thrown) {
      if (thrown instanceof AppError && thrown.code !== "INVALID_ARGUMENT") throw thrown;
      await documents.write(key, undefined);
      return undefined;
    }
  }

  return {
    ...contents,
    async identity() {
      return (await documents.read("identity")) as AgentIdentity | undefined;
    },
    saveIdentity: (identity) => documents.write("identity", identity),
    async assignments() {
      const stored = await Promise.all(documents.keys(assignmentKey("")).map(readAssignment));
      return stored.filter((assignment) => assignment !== undefined);
    },
    saveAssignment: (assignment) =>
      documents.write(assignmentKey(assignment.header.environment), encodeAssignment(assignment)),
    removeAssignment: (environment) => documents.write(assignmentKey(environment), undefined),
    document: (document) => documents.read(documentKey(document)),
    saveDocument: (document, value) => documents.write(documentKey(document), value),
  };
}
