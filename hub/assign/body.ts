import {
  type ApplicationEntry,
  type AssignmentBody,
  type DeleteBudget,
  type Digest,
  digestOf,
} from "../../common/domain/index.ts";
import { encodeAssignmentBody } from "../../common/wire/index.ts";

export interface AssembledBody {
  readonly body: AssignmentBody;
  readonly bytes: Buffer;
  /** The root digest: equal for all clusters with the same content. */
  readonly digest: Digest;
}

/** Root of the content tree, applications sorted by name. */
export function assembleBody(entries: Iterable<ApplicationEntry>, maxDeletes?: DeleteBudget): AssembledBody {
  const applications = [...entries].sort((left, right) => (left.name < right.name ? -1 : 1));
  const body = { applications, ...(maxDeletes === undefined ? {} : { maxDeletes }) };
  const bytes = encodeAssignmentBody(body);
  return { body, bytes, digest: digestOf(bytes) };
}
