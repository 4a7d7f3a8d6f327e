import { createPublicKey, verify } from "node:crypto";
import type { AssignmentHeader } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import { decodeAssignmentHeader } from "../../common/wire/index.ts";
import type { AgentIdentity } from "../ports.ts";

export interface SignedHeader {
  readonly header: Uint8Array;
  readonly signature: Uint8Array;
}

/**
 * The header, if the hub that this cluster joined signed it for this cluster. UNAUTHENTICATED (signature),
 * PERMISSION_DENIED (another cluster's), INVALID_ARGUMENT (no header).
 */
export function verifyAssignment(signed: SignedHeader, identity: AgentIdentity): AssignmentHeader {
  // The signature first: until then these are anybody's bytes.
  if (!verify(null, signed.header, createPublicKey(identity.assignmentKey), signed.signature)) {
    throw new AppError("UNAUTHENTICATED", "Cannot accept the assignment: its signature is not this hub's");
  }
  const header = decodeAssignmentHeader(signed.header);
  if (header.cluster !== identity.cluster) {
    throw new AppError("PERMISSION_DENIED", `Cannot accept the assignment: it is for cluster "${header.cluster}"`);
  }
  if (!/^[0-9a-f]{64}$/.test(header.digest) || header.environment === "") {
    throw new AppError("INVALID_ARGUMENT", "Cannot accept the assignment: its header is incomplete");
  }
  return header;
}
