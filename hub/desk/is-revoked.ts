import type { ClusterRecord } from "../ports.ts";

/** Revoked and not enrolled again since. */
export function isRevoked(record: Pick<ClusterRecord, "revokedAt" | "enrolledAt">): boolean {
  return record.revokedAt !== undefined && (record.enrolledAt === undefined || record.enrolledAt <= record.revokedAt);
}
