import type { PeerCertificate } from "node:tls";
import { AppError } from "../../common/errors.ts";
import { parseClusterUri, urisOf } from "../../common/wire/index.ts";
import type { Peer } from "../ports.ts";

/** UNAUTHENTICATED when the certificate names no cluster. It was verified by TLS already. */
export function peerOf(certificate: PeerCertificate | undefined): Peer {
  const named = urisOf(certificate?.subjectaltname).flatMap((uri) => parseClusterUri(uri) ?? [])[0];
  if (certificate === undefined || named === undefined) {
    throw new AppError("UNAUTHENTICATED", "Cannot tell which cluster this is: the client certificate names none");
  }
  return {
    ...named,
    issuedAt: new Date(issuedAt(certificate)).toISOString(),
    expiresAt: new Date(certificate.valid_to).toISOString(),
    serial: certificate.serialNumber,
  };
}

/** The hub puts the millisecond of issue into the serial number, because notBefore has only seconds. */
function issuedAt(certificate: PeerCertificate): number {
  const notBefore = Date.parse(certificate.valid_from);
  const inSerial = /^01([0-9a-f]{12})[0-9a-f]{18}$/i.exec(certificate.serialNumber)?.[1];
  if (inSerial === undefined) return notBefore;
  const moment = Number.parseInt(inSerial, 16);
  return moment >= notBefore && moment < notBefore + 1000 ? moment : notBefore;
}
