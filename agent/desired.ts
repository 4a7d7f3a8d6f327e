import type { ApplicationBody, Digest, Manifest } from "../common/domain/index.ts";
import { decodeApplicationBody, decodeAssignmentBody } from "../common/wire/index.ts";
import type { AgentStore, DesiredEnvironment } from "./ports.ts";
import type { HeldAssignment } from "./stream/index.ts";

/**
 * Reads what an assignment consists of from the agent's own store. Applications that the hub holds back are as they last were
 * good; those without a last good content are named as held.
 */
export async function desiredEnvironment(
  store: Pick<AgentStore, "content">,
  { assignment, absenceIsTrusted, lastGood }: HeldAssignment,
): Promise<DesiredEnvironment> {
  const { header } = assignment;
  const body = decodeAssignmentBody(await store.content(header.digest));
  const applications: ApplicationBody[] = [];
  const held: { name: string; reason: string }[] = [];
  for (const entry of body.applications) {
    const digest: Digest | undefined = "digest" in entry ? entry.digest : lastGood[entry.name];
    if (digest !== undefined) {
      const application = decodeApplicationBody(await store.content(digest));
      // Left out on the wire while it is the assignment's own.
      applications.push({ ...application, revision: application.revision || header.revision });
    } else if ("heldReason" in entry) held.push({ name: entry.name, reason: entry.heldReason });
  }
  return {
    header,
    body,
    applications,
    held,
    absenceIsTrusted,
    manifest: async (digest) => JSON.parse((await store.content(digest)).toString("utf8")) as Manifest,
  };
}
