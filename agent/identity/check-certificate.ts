import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { AppError } from "../../common/errors.ts";
import { parseClusterUri, urisOf } from "../../common/wire/index.ts";
import type { AgentIdentity } from "../ports.ts";

/** INVALID_ARGUMENT unless this certificate is the CA's, fits the key and names the cluster. */
export function checkCertificate(identity: Omit<AgentIdentity, "assignmentKey" | "hub">): void {
  const refuse = (reason: string, cause?: unknown) =>
    new AppError("INVALID_ARGUMENT", `Cannot accept the certificate from the hub: ${reason}`, { cause });
  let certificate: X509Certificate;
  let ca: X509Certificate;
  try {
    certificate = new X509Certificate(identity.certificate);
    ca = new X509Certificate(identity.ca);
  } catch (thrown) {
    throw refuse("it is no certificate", thrown);
  }
  if (!certificate.checkPrivateKey(createPrivateKey(identity.privateKey))) throw refuse("it is for another key");
  if (!certificate.verify(ca.publicKey)) throw refuse("the CA beside it did not sign it");
  const named = urisOf(certificate.subjectAltName).map(parseClusterUri)[0];
  if (named?.cluster !== identity.cluster || named.clusterUid !== identity.clusterUid) {
    throw refuse(`it does not name cluster "${identity.cluster}"`);
  }
}

/** SHA-256 of the DER, lower-case hex. */
export function fingerprintOf(der: Buffer): string {
  return createHash("sha256").update(der).digest("hex");
}
