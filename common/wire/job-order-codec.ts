import type { JobOrder, Manifest } from "../domain/index.ts";
import { AppError, toAppError } from "../errors.ts";
import { jobOrderMessage } from "./messages.ts";

/** No assignment begins like this: a signature for one is none for the other. */
const prefix = Buffer.from("drover job order\n");

export function encodeJobOrder({ job, ...order }: JobOrder): Buffer {
  return jobOrderMessage.encode({ ...order, job: Buffer.from(JSON.stringify(job)) });
}

/** INVALID_ARGUMENT for bytes that are none. */
export function decodeJobOrder(bytes: Uint8Array): JobOrder {
  try {
    const { job, ...order } = jobOrderMessage.decode(bytes);
    return { ...order, job: JSON.parse(job.toString()) as Manifest };
  } catch (thrown) {
    throw new AppError("INVALID_ARGUMENT", `Cannot decode a job order: ${toAppError(thrown).message}`, {
      cause: thrown,
    });
  }
}

/** The bytes that the hub signs for an encoded order. */
export function signedJobOrder(order: Uint8Array): Buffer {
  return Buffer.concat([prefix, order]);
}
