import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What the API server trusts. Made once: it survives the loss of etcd. */
export interface Credentials {
  readonly token: string;
  readonly tokenFile: string;
  readonly serviceAccountKeyFile: string;
  /** Where kube-apiserver puts the serving certificate that it makes for itself, and finds it again. */
  readonly certificateFolder: string;
  /** That certificate with its issuer, PEM; there once the server has started. */
  readonly certificateFile: string;
  readonly certificateKeyFile: string;
}

export function createCredentials(folder: string): Credentials {
  const certificateFolder = join(folder, "certificates");
  mkdirSync(certificateFolder, { recursive: true });
  const token = randomBytes(24).toString("base64url");
  const tokenFile = join(folder, "tokens.csv");
  writeFileSync(tokenFile, `${token},drover-test-admin,drover-test-admin,"system:masters"\n`, { mode: 0o600 });
  const serviceAccountKeyFile = join(folder, "service-account.key");
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  writeFileSync(serviceAccountKeyFile, privateKey.export({ type: "sec1", format: "pem" }), { mode: 0o600 });
  return {
    token,
    tokenFile,
    serviceAccountKeyFile,
    certificateFolder,
    certificateFile: join(certificateFolder, "apiserver.crt"),
    certificateKeyFile: join(certificateFolder, "apiserver.key"),
  };
}
