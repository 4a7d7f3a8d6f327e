import { X509Certificate } from "node:crypto";
import { backoffMs, type Clock } from "../../common/async/index.ts";
import { AppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import { decodeJoinToken } from "../../common/wire/index.ts";
import type { AgentIdentity, AgentStore } from "../ports.ts";
import { checkCertificate, fingerprintOf } from "./check-certificate.ts";
import { postEnrolment } from "./enrolment-request.ts";
import { createKeyRequest } from "./key-request.ts";
import { pinnedCa } from "./pinned-ca.ts";

export interface EnrolOptions {
  /** As printed by `drover cluster join`; ignored when the store has an identity already. */
  readonly token: string | undefined;
  /** UID of the kube-system namespace. */
  readonly clusterUid: string;
  readonly agentVersion: string;
  readonly store: AgentStore;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Gives the agent its identity: the saved one, else a new one for the token. Waits for a hub that cannot be reached.
 * FAILED_PRECONDITION (neither identity nor token, or identity of another cluster), INVALID_ARGUMENT (token unreadable),
 * UNAUTHENTICATED (token or hub not genuine), PERMISSION_DENIED, NOT_FOUND as the hub says.
 */
export async function enrol(options: EnrolOptions): Promise<AgentIdentity> {
  const { store, clusterUid, log } = options;
  const saved = await store.identity();
  if (saved !== undefined) {
    if (saved.clusterUid !== clusterUid) {
      throw new AppError(
        "FAILED_PRECONDITION",
        `Cannot start: the data directory belongs to the cluster with UID "${saved.clusterUid}", this one has "${clusterUid}"; use another data directory`,
      );
    }
    return saved;
  }
  if (options.token === undefined || options.token === "") {
    throw new AppError(
      "FAILED_PRECONDITION",
      "Cannot join: this agent has no identity yet and no join token was given",
    );
  }
  const token = decodeJoinToken(options.token);
  // One key for all attempts: when an answer got lost, the hub knows the request again.
  const request = createKeyRequest(token.cluster);

  for (let attempt = 1; ; attempt++) {
    try {
      const ca = await pinnedCa(token.enrolUrl, token.caFingerprint, options);
      const answer = await postEnrolment(
        token.enrolUrl,
        ca,
        {
          token: options.token.trim(),
          csr: request.csr,
          clusterUid,
          agentVersion: options.agentVersion,
        },
        options,
      );
      const identity: AgentIdentity = { ...answer, clusterUid, privateKey: request.privateKey };
      checkCertificate(identity);
      if (fingerprintOf(new X509Certificate(identity.ca).raw) !== token.caFingerprint) {
        throw new AppError("UNAUTHENTICATED", "Cannot join: the hub answered with another CA than the join token's");
      }
      await store.saveIdentity(identity);
      log.info({ cluster: identity.cluster, hub: identity.hub }, "Joined the hub");
      return identity;
    } catch (thrown) {
      if (!(thrown instanceof AppError) || !thrown.retryable) throw thrown;
      const waitMs = backoffMs(attempt, options.random(), { firstMs: 500, maxMs: 30_000 });
      log.warn({ reason: thrown.message, retryInMs: waitMs }, "Cannot join yet");
      await options.clock.sleep(waitMs, { signal: options.signal });
    }
  }
}
