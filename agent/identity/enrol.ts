import { X509Certificate } from "node:crypto";
import { backoffMs, type Clock } from "../../common/async/index.ts";
import { AppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import { decodeJoinToken, type JoinToken } from "../../common/wire/index.ts";
import type { AgentIdentity, AgentStore } from "../ports.ts";
import { checkCertificate, fingerprintOf } from "./check-certificate.ts";
import { postEnrolment } from "./enrolment-request.ts";
import { createKeyRequest, type KeyRequest } from "./key-request.ts";
import { pinnedCa } from "./pinned-ca.ts";

export interface EnrolOptions {
  /** As printed by `drover cluster join`. Not used again once it gave this agent its identity; a new one replaces that. */
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

const documentName = "joined";

/**
 * Gives the agent its identity: the saved one, or a new one for a token that was not used yet. An agent without any waits for a
 * hub that cannot be reached; one that has an identity keeps it when a new token does not work, and works alone.
 * FAILED_PRECONDITION (neither identity nor token, or identity of another cluster), INVALID_ARGUMENT (token unreadable),
 * UNAUTHENTICATED (token or hub not genuine), PERMISSION_DENIED, NOT_FOUND as the hub says.
 */
export async function enrol(options: EnrolOptions): Promise<AgentIdentity> {
  const { store, clusterUid, log } = options;
  const saved = await store.identity();
  if (saved === undefined) {
    if (options.token === undefined || options.token === "") {
      throw new AppError(
        "FAILED_PRECONDITION",
        "Cannot join: this agent has no identity yet and no join token was given; run 'drover cluster join NAME' for one",
      );
    }
    return joinPatiently(options, decodeJoinToken(options.token));
  }
  if (saved.clusterUid !== clusterUid) {
    throw new AppError(
      "FAILED_PRECONDITION",
      `Cannot start: the data directory belongs to the cluster with UID "${saved.clusterUid}", this one has "${clusterUid}"; use another data directory`,
    );
  }
  if (options.token === undefined || options.token === "") return saved;
  try {
    const token = decodeJoinToken(options.token);
    const joined = (await store.document(documentName)) as { readonly token?: string } | undefined;
    if (joined?.token === token.id) return saved;
    return await join(options, token, createKeyRequest(token.cluster));
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    log.warn({ reason: thrown.message }, "Cannot join anew: going on with the identity from before");
    return saved;
  }
}

async function joinPatiently(options: EnrolOptions, token: JoinToken): Promise<AgentIdentity> {
  // One key for all attempts: when an answer got lost, the hub knows the request again.
  const request = createKeyRequest(token.cluster);
  for (let attempt = 1; ; attempt++) {
    try {
      return await join(options, token, request);
    } catch (thrown) {
      if (!(thrown instanceof AppError) || !thrown.retryable) throw thrown;
      const waitMs = backoffMs(attempt, options.random(), { firstMs: 500, maxMs: 30_000 });
      options.log.warn({ reason: thrown.message, retryInMs: waitMs }, "Cannot join yet");
      await options.clock.sleep(waitMs, { signal: options.signal });
    }
  }
}

async function join(options: EnrolOptions, token: JoinToken, request: KeyRequest): Promise<AgentIdentity> {
  const { store, clusterUid, agentVersion, log, signal } = options;
  const ca = await pinnedCa(token.enrolUrl, token.caFingerprint, { signal });
  const enrolment = { token: options.token?.trim() ?? "", csr: request.csr, clusterUid, agentVersion };
  const answer = await postEnrolment(token.enrolUrl, ca, enrolment, { signal });
  const identity: AgentIdentity = { ...answer, clusterUid, privateKey: request.privateKey };
  checkCertificate(identity);
  if (fingerprintOf(new X509Certificate(identity.ca).raw) !== token.caFingerprint) {
    throw new AppError("UNAUTHENTICATED", "Cannot join: the hub answered with another CA than the join token's");
  }
  await store.saveIdentity(identity);
  // A crash before this line costs one attempt with a used token at the next start.
  await store.saveDocument(documentName, { token: token.id });
  log.info({ cluster: identity.cluster, hub: identity.hub }, "Joined the hub");
  return identity;
}
