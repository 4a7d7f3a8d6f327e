import { type ApplicationEntry, type AssignmentBody, type Digest, digestOf } from "../../common/domain/index.ts";
import { encodeAssignmentBody } from "../../common/wire/index.ts";

export interface AssembledBody {
  readonly body: AssignmentBody;
  readonly bytes: Buffer;
  /** The root digest: equal for all clusters with the same content. */
  readonly digest: Digest;
}

/** Root of the content tree, applications sorted by name. */
export function assembleBody(entries: Iterable<ApplicationEntry>): AssembledBody {
  const applications = [...entries].sort((left, right) => (left.name < right.name ? -1 : 1));
  const body = { applications };
  const bytes = encodeAssignmentBody(body);
  return { body, bytes, digest: digestOf(bytes) };
}
