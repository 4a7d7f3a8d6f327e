import { createPublicKey, verify } from "node:crypto";
import { gateJobLabel, type JobOrder, type JobQuestion } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import { decodeJobOrder, signedJobOrder } from "../../common/wire/index.ts";
import type { AgentIdentity } from "../ports.ts";

/**
 * The order, if the hub that this cluster joined signed it for this cluster. UNAUTHENTICATED (signature), PERMISSION_DENIED
 * (another cluster's), INVALID_ARGUMENT (no Job with name and namespace).
 */
export function verifyOrder({ order: bytes, signature }: JobQuestion, identity: AgentIdentity): JobOrder {
  // The signature first: until then these are anybody's bytes.
  if (!verify(null, signedJobOrder(bytes), createPublicKey(identity.assignmentKey), signature)) {
    throw new AppError("UNAUTHENTICATED", "Cannot run the Job: its signature is not this hub's");
  }
  const order = decodeJobOrder(bytes);
  if (order.cluster !== identity.cluster) {
    throw new AppError("PERMISSION_DENIED", `Cannot run the Job: it is for cluster "${order.cluster}"`);
  }
  const { apiVersion, kind, metadata } = order.job;
  const isOurs = metadata?.labels?.[gateJobLabel] !== undefined;
  if (apiVersion !== "batch/v1" || kind !== "Job" || !metadata.name || !metadata.namespace || !isOurs) {
    throw new AppError("INVALID_ARGUMENT", "Cannot run the Job: expected a batch/v1 Job of a gate with a namespace");
  }
  return order;
}
