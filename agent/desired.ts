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
  const read = async (digest: Digest) => {
    const application = decodeApplicationBody(await store.content(digest));
    // Left out on the wire while it is the assignment's own.
    return { ...application, revision: application.revision || header.revision };
  };
  for (const entry of body.applications) {
    if ("digest" in entry) {
      applications.push(await read(entry.digest));
      continue;
    }
    const { name, heldReason: reason } = entry;
    const known = lastGood[name];
    // The hub does not have a lost content of a held application either: asking for it again would not help.
    const good = known === undefined ? undefined : await read(known).catch(() => undefined);
    if (good === undefined) held.push({ name, reason });
    else applications.push(good);
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
