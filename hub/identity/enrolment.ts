import { digestOf } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { ClusterRecord, Collection } from "../ports.ts";
import type { EnrolRequest, EnrolResponse } from "../surfaces.ts";
import type { Authority } from "./authority.ts";
import type { JoinTokens } from "./join-tokens.ts";

export interface EnrolmentOptions {
  readonly authority: Authority;
  readonly tokens: JoinTokens;
  readonly clusters: Collection<ClusterRecord>;
  readonly log: Logger;
  /** HOST:PORT of the agent port, as agents reach it. */
  readonly hub: string;
  /** Of agents' certificates; default as in `issueAgentCertificate`. */
  readonly certificateLifetimeMs?: number;
}

/**
 * Turns a join token and a certificate request into an identity. Only success burns the token: a refusal (other cluster, bad
 * request) leaves it for the cluster it was meant for, until it expires. How often one may try is limited by the HTTP API.
 * UNAUTHENTICATED (token), INVALID_ARGUMENT (request), NOT_FOUND (cluster removed), PERMISSION_DENIED (another cluster's name).
 */
export function createEnrolment(options: EnrolmentOptions): { enrol(request: EnrolRequest): Promise<EnrolResponse> } {
  const { authority, tokens, clusters, log, hub } = options;

  return {
    async enrol(request) {
      const usedBy = digestOf(request.csr);
      const { cluster, replace } = await tokens.check(request.token, usedBy);
      decideEnrolment(cluster, await clusters.get(cluster), request.clusterUid, replace);
      const lifetimeMs = options.certificateLifetimeMs;
      const { certificate, ca } = await authority.issueAgentCertificate(request.csr, {
        cluster,
        clusterUid: request.clusterUid,
        ...(lifetimeMs === undefined ? {} : { lifetimeMs }),
      });
      await tokens.redeem(request.token, usedBy);
      await clusters.update(cluster, (current) => ({
        ...decideEnrolment(cluster, current, request.clusterUid, replace),
        uid: request.clusterUid,
        agentVersion: request.agentVersion,
      }));
      log.info({ cluster, clusterUid: request.clusterUid, agentVersion: request.agentVersion }, "Cluster enrolled");
      return { cluster, certificate, ca, assignmentKey: authority.assignmentKey, hub };
    },
  };
}

/** May the cluster with this UID take this name? Gives back the record that it becomes. */
function decideEnrolment(
  cluster: string,
  record: ClusterRecord | undefined,
  clusterUid: string,
  replace: boolean,
): ClusterRecord {
  if (record === undefined) {
    throw new AppError("NOT_FOUND", `Cannot enrol cluster "${cluster}": it was removed after the token was issued`);
  }
  if (clusterUid === "" || clusterUid.length > 128) {
    throw new AppError("INVALID_ARGUMENT", `Cannot enrol cluster "${cluster}": the UID of its kube-system is missing`);
  }
  if (record.uid !== undefined && record.uid !== clusterUid && !replace) {
    throw new AppError(
      "PERMISSION_DENIED",
      `Cannot enrol cluster "${cluster}": the name belongs to the cluster with UID "${record.uid}", this one has "${clusterUid}"; to give it the name, join again with --replace`,
    );
  }
  return record;
}
